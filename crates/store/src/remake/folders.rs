use {
    crate::{
        disk::{Kind, Location},
        error::Error,
        facts::Folders,
        names::{RECOVERY, TrancheName},
        spread::Volumes,
    },
    std::collections::BTreeSet,
};

/// The tranches of which a bag is there, in their order. One that a killed
/// sealing has not finished is its business.
pub fn named(
    tranches: &Location,
    unended: &BTreeSet<TrancheName>,
) -> Result<BTreeSet<TrancheName>, Error> {
    let mut names = BTreeSet::new();
    for entry in tranches.entries()? {
        // A link may lead to a folder.
        let is_folder = match entry.kind {
            Kind::Folder => true,
            Kind::Other => tranches.join(&entry.name).is_folder(),
            Kind::File => false,
        };
        if !is_folder {
            continue;
        }
        let folder = entry.name.to_string_lossy();
        let name = folder.strip_suffix(RECOVERY).unwrap_or(&folder);
        names.extend(name.parse::<TrancheName>().ok());
    }
    names.retain(|name| !unended.contains(name) || tranches.join(name.to_string()).is_folder());
    tranches.has_answered()?;
    Ok(names)
}

/// Where the bags of a tranche are, or would be.
pub fn folders_of(tranches: &Location, name: &TrancheName, volumes: &Volumes) -> Folders {
    Folders {
        data: tranches.join(name.to_string()),
        recovery: Some(tranches.join(name.recovery())),
        volumes: volumes.clone(),
    }
}
