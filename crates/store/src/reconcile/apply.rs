use {
    crate::{
        disk::Location,
        durable::{create_dir, rename_new},
        error::Error,
        home::FOLDERS,
        reconcile::{
            compare::{Moved, PARKED},
            present::Tree,
        },
    },
    longplay_model::{Monitor, Unit},
    std::collections::BTreeSet,
};

/// Gives files their places back, never overwriting anything; gives those that
/// got there. Files that stand in each other's places go over a parking name; a
/// kill there leaves a file under a strange name, which the next reconciliation
/// knows by its bytes.
pub fn move_back(tree: &Tree, moves: &[Moved], monitor: &dyn Monitor) -> Result<Vec<Moved>, Error> {
    monitor.begin("moving", Some(moves.len() as u64), Unit::Items);
    let mut pending: Vec<(Location, &Moved)> = moves
        .iter()
        .map(|step| (tree.at(&step.from), step))
        .collect();
    let mut done = Vec::new();
    while !pending.is_empty() {
        if monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
        let is_free = |to: &Location| pending.iter().all(|(from, _)| from != to);
        match pending
            .iter()
            .position(|(_, step)| is_free(&tree.at(&step.to)))
        {
            Some(at) => {
                let (from, step) = pending.remove(at);
                let to = tree.at(&step.to);
                create_dir(to.folder())?;
                rename_new(&from, &to)?;
                done.push(step.clone());
                monitor.advance(1);
            }
            None => {
                let parked = parking(&pending[0].0);
                rename_new(&pending[0].0, &parked)?;
                pending[0].0 = parked;
            }
        }
    }
    leave_no_empty(tree, moves);
    Ok(done)
}

/// A name beside `path` that is not taken.
fn parking(path: &Location) -> Location {
    (0u32..)
        .map(|number| path.with_ending(&format!("{PARKED}{number}")))
        .find(|parked| !parked.is_taken())
        .expect("there are more numbers than files")
}

/// Removes folders out of which everything went, the deepest first. One that is
/// not empty stays, and so does one that cannot be removed: no harm is done.
fn leave_no_empty(tree: &Tree, moves: &[Moved]) {
    let mut folders = BTreeSet::new();
    for step in moves {
        let ends = step.from.match_indices('/').map(|(at, _)| at);
        folders.extend(ends.map(|end| &step.from[..end]));
    }
    let is_own = |folder: &&str| FOLDERS.contains(folder);
    for folder in folders.into_iter().rev().filter(|folder| !is_own(folder)) {
        let _stays = tree.at(folder).remove_folder();
    }
}
