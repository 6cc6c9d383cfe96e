use {
    crate::{
        disk::Location,
        error::Error,
        facts::Folders,
        home::Home,
        names::TrancheName,
        remake::folders::{folders_of, named},
        spread::{self, Volumes},
        staging::Staging,
        state::State,
    },
    longplay_model::{Clock, Event},
    std::collections::BTreeSet,
};

/// An archive while what it lost is made again.
pub struct Bench<'a> {
    pub opened: Opened,
    /// Where sealed tranches lie.
    pub tranches: Location,
    /// Where they are made: the same folder, unless they lie elsewhere.
    pub workshop: Location,
    /// Those of a sealing that has not ended.
    pub unended: BTreeSet<TrancheName>,
    pub volumes: Volumes,
    pub staging: Staging,
    pub clock: &'a dyn Clock,
}

/// The archive, for acting; or only what its journal says, for looking.
pub enum Opened {
    ToAct(Box<Home>),
    ToLook(Box<Home>),
    /// It has no settings to be opened with.
    Journal(Box<State>),
}

impl Bench<'_> {
    pub fn state(&self) -> &State {
        match &self.opened {
            Opened::ToAct(home) | Opened::ToLook(home) => home.state(),
            Opened::Journal(state) => state,
        }
    }

    pub const fn acts(&self) -> bool {
        matches!(self.opened, Opened::ToAct(_))
    }

    /// The tranches of which a bag is there, in their order.
    pub fn named(&self) -> Result<BTreeSet<TrancheName>, Error> {
        named(&self.tranches, &self.unended)
    }

    /// Where the bags of a tranche are, or would be.
    pub fn folders_of(&self, name: &TrancheName) -> Folders {
        folders_of(&self.tranches, name, &self.volumes)
    }

    /// Whether a tranche is being brought to where it is to lie: sealing goes on
    /// with that, and has all of it still.
    pub fn is_on_its_way(&self, name: &TrancheName) -> bool {
        let made = self.workshop.join(name.to_string());
        self.unended.contains(name) && self.workshop != self.tranches && made.is_folder()
    }

    /// Links files that stand on the disks and in no bag into the bags of sealed
    /// tranches, also into those that are gone.
    ///
    /// # Errors
    /// [`Error::DiskAbsent`](crate::Error::DiskAbsent).
    pub fn relink(&self) -> Result<u64, Error> {
        if self.volumes.is_empty() {
            return Ok(0);
        }
        self.volumes.complete()?;
        let mut names = self.named()?;
        for volume in self.volumes.present() {
            names.extend(named(&volume.root, &self.unended)?);
        }
        let bags: BTreeSet<String> = names
            .iter()
            .flat_map(|name| [name.to_string(), name.recovery()])
            .collect();
        spread::relink(&self.tranches, &bags, &self.volumes)
    }

    /// Enters what was read off the archive; nothing when this only looks.
    pub fn record_rebuilt(&self, events: Vec<Event>) -> Result<(), Error> {
        match &self.opened {
            Opened::ToAct(home) => home.record_rebuilt(events, self.clock),
            _ => Ok(()),
        }
    }

    /// Enters what was done just now.
    pub fn record(&self, event: Event) -> Result<(), Error> {
        match &self.opened {
            Opened::ToAct(home) => home.record(event, self.clock),
            _ => Ok(()),
        }
    }
}
