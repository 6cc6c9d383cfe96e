//! What commands do with an archive.

use {
    super::truth::Truth,
    crate::archive::{Ear, NOW, receipt, staged},
    longplay_model::{Access, Digest, Event, Monitor, Silent, TrackId},
    longplay_store::{
        Error, FolderDonor, Home, RepairSummary, TrancheReport, Unhurried, VerifyOptions,
        VerifyReport,
        facts::Folders,
        plan_repair, repair,
        seal::{execute, plan},
        verify,
    },
    std::io::Write,
};

/// A track that is taken in.
pub struct Piece {
    pub number: u64,
    pub access: Access,
    pub audio: Vec<u8>,
    pub cover: Option<Vec<u8>>,
}

impl Piece {
    fn track(&self) -> TrackId {
        TrackId::of_blob(&Digest::of(&self.audio), self.number as u32)
    }
}

pub fn seal(home: &Home, ear: &Ear) -> Result<(), Error> {
    let plan = plan(home, &staged())?;
    execute(home, &plan, &*NOW, ear).map(drop)
}

pub fn look(home: &Home) -> Result<VerifyReport, Error> {
    verify(home, &VerifyOptions::default(), &Unhurried, &Silent)
}

/// What is looked at before a repair, which looks at the rest.
pub fn look_to_repair(home: &Home) -> Result<VerifyReport, Error> {
    let options = VerifyOptions {
        to_repair: true,
        ..VerifyOptions::default()
    };
    verify(home, &options, &Unhurried, &Silent)
}

pub fn heal(
    home: &Home,
    report: &TrancheReport,
    donor: Option<&FolderDonor>,
) -> Result<RepairSummary, Error> {
    heal_and_tell(home, report, donor, &Silent)
}

pub fn heal_and_tell(
    home: &Home,
    report: &TrancheReport,
    donor: Option<&FolderDonor>,
    monitor: &dyn Monitor,
) -> Result<RepairSummary, Error> {
    let tranches = home.tranches_dir();
    let folders = Folders {
        data: tranches.join(&report.name),
        recovery: Some(tranches.join(format!("{}-recovery", report.name))),
        volumes: home.volumes().clone(),
    };
    let plan = plan_repair(report);
    let summary = match donor {
        Some(donor) => repair(&folders, &plan.with_another_copy(), Some(donor), monitor)?,
        None => repair(&folders, &plan, None, monitor)?,
    };
    if let Some(event) = summary.event() {
        home.record(event, &*NOW)?;
    }
    Ok(summary)
}

/// As intake does: what a killed command recorded is not recorded again.
pub fn take_in(home: &Home, truth: &mut Truth, pieces: &[Piece]) -> Result<(), Error> {
    let mut events = Vec::new();
    for piece in pieces {
        if home.state().receipt_of_track(&piece.track())?.is_none() {
            let audio = (stage(home, &piece.audio)?, piece.audio.len());
            let cover = piece.cover.as_ref();
            let cover = cover.map(|bytes| Ok::<_, Error>((stage(home, bytes)?, bytes.len())));
            let receipt = receipt(piece.number, piece.access, audio, cover.transpose()?);
            events.push(Event::Ingestion {
                receipt: Box::new(receipt),
            });
        }
    }
    home.record_all(events, &*NOW)?;
    for bytes in pieces
        .iter()
        .flat_map(|it| [Some(&it.audio), it.cover.as_ref()])
        .flatten()
    {
        truth.acknowledged.insert(Digest::of(bytes), bytes.clone());
    }
    Ok(())
}

pub fn stage(home: &Home, bytes: &[u8]) -> Result<Digest, Error> {
    let mut writer = home.staging().create()?;
    let written = writer.write_all(bytes);
    written.map_err(|source| Error::write(writer.location(), source))?;
    Ok(writer.finish()?.0)
}
