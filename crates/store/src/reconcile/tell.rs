use {
    crate::{
        nowhere,
        reconcile::{
            compare::{Lost, Moved, ReconcilePlan, Unknown, name_of},
            expected::Belongs,
        },
        verify::in_words,
    },
    longplay_model::{
        ByteSize, Finding,
        FindingCode::{S013, S021, S022},
        Monitor,
    },
    std::collections::BTreeMap,
};

/// Items named in one finding; more are counted.
const MOST_NAMED: usize = 6;

/// Tells what a comparison found: disks that are not there, then the lost, then the
/// moved, those of one folder together, then the unknown.
pub fn tell(plan: &ReconcilePlan, monitor: &dyn Monitor) {
    let lost = plan.lost.iter().map(lost);
    let unknown = plan.unknown.iter().map(unknown);
    let absent = plan.absent.iter().cloned();
    absent
        .chain(lost)
        .chain(nowhere::finding(&plan.tracks))
        .chain(moved(&plan.moved))
        .chain(unknown)
        .for_each(|finding| monitor.finding(finding));
}

fn lost(lost: &Lost) -> Finding {
    let is_bag = matches!(&lost.belongs, Belongs::Tranche(name) if name == name_of(&lost.path));
    let mut seen = match (lost.found_bytes, lost.bytes) {
        (Some(found), Some(bytes)) => {
            format!("{found} bytes stand in its place, and {bytes} should")
        }
        (None, Some(bytes)) if is_bag => {
            format!("nothing of it is there: {} in all", ByteSize(bytes))
        }
        _ => "it is not there".to_owned(),
    };
    if let Some(unlinked) = &lost.unlinked {
        let what = if is_bag {
            "files of it stand"
        } else {
            "it stands"
        };
        let at = unlinked.display();
        seen += &format!("; {what} as {at} with no link to it, which repair makes");
    }
    match &lost.belongs {
        Belongs::Staging(from) => seen += &format!("; it was made from {from}"),
        Belongs::Source(name) => seen += &format!("; it is of the source {name:?}"),
        Belongs::Tranche(_) | Belongs::Snapshot(_) | Belongs::Plan(_) => {}
    }
    if !lost.items.is_empty() {
        seen += &format!("; holds {}", in_words(&lost.items, MOST_NAMED));
    }
    Finding::new(S021, &lost.path, seen)
}

fn moved(moved: &[Moved]) -> Vec<Finding> {
    let mut groups: BTreeMap<(&str, &str), Vec<&Moved>> = BTreeMap::new();
    for step in moved {
        let folders = (folder_of(&step.to), folder_of(&step.from));
        groups.entry(folders).or_default().push(step);
    }
    let groups = groups.into_iter();
    groups
        .map(|((to, from), steps)| match &steps[..] {
            [step] => Finding::new(S022, &step.to, format!("it stands as {}", step.from)),
            steps => {
                let seen = format!("{} files of it stand in {from}", steps.len());
                Finding::new(S022, to, seen)
            }
        })
        .collect()
}

/// The folder of a path; `.` is the archive's own.
fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(folder, _)| folder)
}

fn unknown(unknown: &Unknown) -> Finding {
    let what = unknown.note.as_deref().unwrap_or("nothing tells of it");
    let seen = match unknown.files {
        1 => format!("{what} ({})", ByteSize(unknown.bytes)),
        files => format!("{what} ({files} files, {})", ByteSize(unknown.bytes)),
    };
    Finding::new(S013, &unknown.path, seen)
}
