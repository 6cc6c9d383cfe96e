#![allow(clippy::unwrap_used)]
use longplay_catalog::*; use longplay_model::*; use std::path::Path; use std::sync::Mutex; use std::time::Instant;
#[derive(Default)] struct M(Mutex<Vec<Finding>>);
impl Monitor for M { fn begin(&self,_:&str,_:Option<u64>,_:Unit){} fn advance(&self,_:u64){} fn finding(&self,f:Finding){ self.0.lock().unwrap().push(f);} }
#[test] fn real() {
  for name in ["releases","artists","labels","masters"] {
    let home = tempfile::tempdir().unwrap();
    let dirs = Dirs { sources: home.path().join("sources"), catalog: home.path().join("catalog") };
    std::fs::create_dir(&dirs.sources).unwrap(); std::fs::create_dir(&dirs.catalog).unwrap();
    let m = M::default();
    let path = format!("/work/shared/data/metadata/discogs-samples/tests/samples/discogs_20200806_{name}.xml.gz");
    let t = Instant::now();
    let s = import_records(&dirs, Path::new(&path), None, &ImportOptions::new("discogs", Timestamp::from_unix_seconds(0)), &m).unwrap();
    println!("{name} {s:?} {:?}", t.elapsed());
    for f in m.0.lock().unwrap().iter() { println!("{f}"); }
    let snap = Snapshot::open(&dirs.catalog.join(&s.snapshot)).unwrap();
    if name == "releases" {
      let text = std::process::Command::new("zcat").arg(&path).output().unwrap().stdout;
      let text = String::from_utf8(text).unwrap();
      let (mut disc, mut pos, mut dur, mut isrc, mut gtin, mut date) = (0,0,0,0,0,0);
      for r in 0..snap.counts().tracks { let t = snap.track_at(r as _).unwrap();
        disc += t.disc.is_some() as u32; pos += t.position.is_some() as u32; dur += t.duration_ms.is_some() as u32; isrc += t.isrcs.len();
        let _ = (&mut gtin, &mut date);
        let raw = String::from_utf8(snap.raw_record(&dirs.sources, &t).unwrap()).unwrap();
        assert!(raw.starts_with("<release id=") && raw.ends_with("</release>"));
        if r % 97 == 0 { assert!(text.contains(&raw)); }
      }
      println!("disc {disc} pos {pos} dur {dur} isrc {isrc}");
    }
  }
}
