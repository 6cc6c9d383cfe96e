use longplay_release::torrent::*;
fn walk(root:&std::path::Path, dir:&std::path::Path, out:&mut Vec<Wanted>) {
    for e in std::fs::read_dir(dir).unwrap() { let p=e.unwrap().path(); if p.is_dir() {walk(root,&p,out)} else {
        out.push(Wanted{path:p.strip_prefix(root).unwrap().components().map(|c|c.as_os_str().to_str().unwrap().to_string()).collect(), bytes:p.metadata().unwrap().len(), promise:Promise::None}); } }
}
fn main(){
    let a:Vec<String>=std::env::args().collect();
    if a[1]=="make" { let root=std::path::Path::new(&a[2]); let mut w=vec![]; walk(root,root,&mut w);
        let p=a[3].parse().unwrap();
        let Hashed::Whole(f)=hash_files(root,&w,p,2,&longplay_model::Silent) else {panic!()};
        let m=create(root.file_name().unwrap().to_str().unwrap(),p,f,&Around{trackers:vec![],..Default::default()}).unwrap();
        println!("v1 infohash {}\nv2 infohash {}", m.infohash_v1.unwrap(), m.infohash_v2.unwrap());
        assert_eq!(check(&m,root,2,&longplay_model::Silent),Verdict::Whole);
        std::fs::write(&a[4], m.to_bytes()).unwrap();
    } else { for f in &a[2..] { match parse(&std::fs::read(f).unwrap()) {
        Ok(m)=>println!("OK {f} {:?} {:?}", m.infohash_v1, m.infohash_v2),
        Err(e)=>println!("NO {f} {e}{}", std::error::Error::source(&e).map(|s|format!(": {s}")).unwrap_or_default()) } } }
}
