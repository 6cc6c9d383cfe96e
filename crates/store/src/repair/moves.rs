use crate::{
    disk::Location,
    durable::{create_dir, sync_dir},
    error::Error,
    facts::{Folders, Place},
    repair::plan::Move,
};

/// Gives files their names back. Files that stand in each other's places go
/// over a parking name; a kill there leaves a file under a strange name, which
/// the next repair knows by its bytes.
pub fn rename_back(folders: &Folders, moves: &[Move]) -> Result<Vec<Place>, Error> {
    let path = |place: &Place| folders.location_of(place);
    let mut pending: Vec<(Location, Location)> = moves
        .iter()
        .filter_map(|step| Some((path(&step.from)?, path(&step.to)?)))
        .collect();
    while !pending.is_empty() {
        let free = |to: &Location| pending.iter().all(|(from, _)| from != to);
        match pending.iter().position(|(_, to)| free(to)) {
            Some(at) => {
                let (from, to) = pending.remove(at);
                rename(&from, &to)?;
            }
            None => {
                let parked = parking(&pending[0].0);
                rename(&pending[0].0, &parked)?;
                pending[0].0 = parked;
            }
        }
    }
    Ok(moves.iter().map(|step| step.to.clone()).collect())
}

/// A name beside `path` that is not taken.
fn parking(path: &Location) -> Location {
    (0u32..)
        .map(|number| path.with_ending(&format!(".moved-{number}")))
        .find(|parked| !parked.is_taken())
        .expect("there are more numbers than files")
}

/// What stands under the new name is not what it should be, or it would have
/// been moved itself: it gives way.
fn rename(from: &Location, to: &Location) -> Result<(), Error> {
    create_dir(to.folder())?;
    from.rename(to)?;
    sync_dir(to.folder())?;
    sync_dir(from.folder())
}

#[cfg(test)]
mod tests {
    use {super::*, crate::spread::Volumes, std::fs};

    fn run(names: &[&str], moves: &[(&str, &str)]) -> Vec<(String, String)> {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let folders = Folders {
            data: folder.path().into(),
            recovery: None,
            volumes: Volumes::default(),
        };
        let moves: Vec<_> = moves
            .iter()
            .map(|(from, to)| Move {
                from: Place::data(*from),
                to: Place::data(*to),
            })
            .collect();
        rename_back(&folders, &moves).unwrap();
        let found = folders.walk().unwrap().into_iter();
        found
            .map(|file| {
                (
                    file.place.path,
                    fs::read_to_string(file.location.path()).unwrap(),
                )
            })
            .collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(a, b)| (a.to_string(), b.to_string()))
            .collect()
    }

    #[test]
    fn two_files_swap() {
        let seen = run(&["a", "b"], &[("a", "b"), ("b", "a")]);
        assert_eq!(seen, pairs(&[("a", "b"), ("b", "a")]));
    }

    #[test]
    fn a_ring_with_a_tail_comes_right() {
        let moves = [("a", "b"), ("b", "c"), ("c", "a"), ("x", "y"), ("y", "z/z")];
        let seen = run(&["a", "b", "c", "x", "y"], &moves);
        let expected = [("a", "c"), ("b", "a"), ("c", "b"), ("y", "x"), ("z/z", "y")];
        assert_eq!(seen, pairs(&expected));
    }
}
