use {
    crate::{
        disk::{Kind, Location},
        durable::TEMPORARY,
        error::Error,
    },
    std::{collections::BTreeMap, path::PathBuf},
};

/// Takes the path of a file or link below the folder that is walked, with
/// slashes, and where it stands.
pub type Visit<'a> = &'a mut dyn FnMut(&str, &Location) -> Result<(), Error>;

/// Visits all files and links below a folder, unfinished ones included; one that
/// is absent has none. Links are not followed.
pub fn files_below(folder: &Location, visit: Visit) -> Result<(), Error> {
    below(folder, "", visit)
}

fn below(folder: &Location, above: &str, visit: Visit) -> Result<(), Error> {
    for entry in folder.entries()? {
        let path = format!("{above}{}", entry.name.to_string_lossy());
        let inner = folder.join(&entry.name);
        match entry.kind {
            Kind::Folder => below(&inner, &format!("{path}/"), visit)?,
            Kind::File | Kind::Other => visit(&path, &inner)?,
        }
    }
    Ok(())
}

/// The links of a bag and where they lead, by path.
pub fn links_of(bag: &Location) -> Result<BTreeMap<String, PathBuf>, Error> {
    let mut links = BTreeMap::new();
    files_below(bag, &mut |path, file| {
        let target = file.leads_to().filter(|_| !is_unfinished(path));
        links.extend(target.map(|target| (path.to_owned(), target)));
        Ok(())
    })?;
    Ok(links)
}

/// Whether a path is that of a file that a killed command left half written.
pub fn is_unfinished(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with(TEMPORARY)
}
