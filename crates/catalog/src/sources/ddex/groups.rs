//! The order of a release: groups of resources inside one another.
//!
//! ```text
//!   ResourceGroup ─ ResourceGroup (a disc) ─ content items (tracks)
//!                                          └ ResourceGroup (a work) ─ content items
//! ```

use {
    super::{super::xml::Element, scope::Scope},
    std::collections::BTreeSet,
};

/// A recording's place in a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot<'t> {
    pub(super) reference: &'t str,
    pub(super) disc: Option<u32>,
    pub(super) position: Option<u32>,
}

/// Groups that are no discs of their own.
const INSIDE_A_DISC: [&str; 2] = ["MultiWorkPart", "Side"];

/// The slots of all resources but those of `others` (images, texts, videos),
/// in the order of the release. Without groups, the references alone.
pub(super) fn slots<'t>(release: Scope<'t>, others: &BTreeSet<&str>) -> Vec<Slot<'t>> {
    let tops = release.all("ResourceGroup");
    let mut slots = Vec::new();
    match tops[..] {
        [top] => {
            let discs: Vec<Element> = top.all("ResourceGroup").filter(is_disc).collect();
            if discs.is_empty() {
                disc(top, 1, others, &mut slots);
            } else {
                beside(top, others, &mut slots);
                all_discs(&discs, others, &mut slots);
            }
        }
        _ => all_discs(&tops, others, &mut slots),
    }
    if slots.is_empty() {
        slots = bare(release, others);
    }
    slots
}

fn is_disc(group: &Element) -> bool {
    let kind = group.attribute("ResourceGroupType").unwrap_or_default();
    !INSIDE_A_DISC.contains(&kind)
}

fn all_discs<'t>(discs: &[Element<'t>], others: &BTreeSet<&str>, slots: &mut Vec<Slot<'t>>) {
    for (group, ordinal) in discs.iter().zip(1..) {
        disc(*group, number(*group).unwrap_or(ordinal), others, slots);
    }
}

/// What stands beside the discs is on none of them.
fn beside<'t>(top: Element<'t>, others: &BTreeSet<&str>, slots: &mut Vec<Slot<'t>>) {
    let found = items(top).filter(|(_, reference)| !others.contains(reference));
    slots.extend(found.map(|(_, reference)| Slot {
        reference,
        disc: None,
        position: None,
    }));
}

/// The tracks of a disc; where all stand in it itself, their own numbers are
/// their positions, otherwise they are counted through.
fn disc<'t>(group: Element<'t>, disc: u32, others: &BTreeSet<&str>, slots: &mut Vec<Slot<'t>>) {
    let mut found = Vec::new();
    walk(group, others, &mut found);
    let is_flat = group.child("ResourceGroup").is_none();
    for ((item, reference), count) in found.into_iter().zip(1..) {
        let own = item.and_then(number).filter(|_| is_flat);
        slots.push(Slot {
            reference,
            disc: Some(disc),
            position: Some(own.unwrap_or(count)),
        });
    }
}

type Found<'t> = (Option<Element<'t>>, &'t str);

fn walk<'t>(group: Element<'t>, others: &BTreeSet<&str>, found: &mut Vec<Found<'t>>) {
    for child in group.children() {
        match child.name() {
            "ResourceGroup" => walk(child, others, found),
            _ => found.extend(references(child).filter(|(_, it)| !others.contains(it))),
        }
    }
}

fn items<'t>(group: Element<'t>) -> impl Iterator<Item = Found<'t>> {
    group.children().flat_map(references)
}

/// The references of a content item, or of a list of them (3.8).
fn references<'t>(child: Element<'t>) -> impl Iterator<Item = Found<'t>> {
    let (item, name) = match child.name() {
        "ResourceGroupContentItem" => (Some(child), "ReleaseResourceReference"),
        "ResourceGroupResourceReferenceList" => (None, "ResourceGroupResourceReference"),
        _ => (None, ""),
    };
    child
        .values(name)
        .map(move |reference| (item, reference))
        .collect::<Vec<_>>()
        .into_iter()
}

/// A release without groups, or of one track.
fn bare<'t>(release: Scope<'t>, others: &BTreeSet<&str>) -> Vec<Slot<'t>> {
    let element = release.element();
    let lists = element.child("ReleaseResourceReferenceList");
    let listed = lists
        .iter()
        .flat_map(|list| list.all("ReleaseResourceReference"));
    let single = element.all("ReleaseResourceReference");
    let is_primary = |it: &Element| {
        it.attribute("ReleaseResourceType")
            .is_none_or(|kind| kind == "PrimaryResource")
    };
    listed
        .chain(single)
        .filter(is_primary)
        .map(Element::text)
        .filter(|reference| !reference.is_empty() && !others.contains(reference))
        .map(|reference| Slot {
            reference,
            disc: None,
            position: None,
        })
        .collect()
}

/// The sequence number of a group or an item, counted from 1.
fn number(element: Element) -> Option<u32> {
    let number = element.value("SequenceNumber")?.parse().ok()?;
    Some(number).filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use {super::*, crate::sources::xml::Tree};

    fn item(sequence: u32, reference: &str) -> String {
        format!(
            "<ResourceGroupContentItem><SequenceNumber>{sequence}</SequenceNumber>\
             <ReleaseResourceReference>{reference}</ReleaseResourceReference></ResourceGroupContentItem>"
        )
    }

    fn group(attributes: &str, content: &str) -> String {
        format!("<ResourceGroup {attributes}>{content}</ResourceGroup>")
    }

    fn shown(content: &str) -> Vec<String> {
        let text = format!("<Release>{content}</Release>");
        let tree = Tree::parse(&text, &[]).unwrap();
        let scope = Scope::new(tree.root().unwrap());
        let text = |number: Option<u32>| number.map_or("?".into(), |number| number.to_string());
        slots(scope, &BTreeSet::from(["I"]))
            .iter()
            .map(|slot| {
                format!(
                    "{} {}.{}",
                    slot.reference,
                    text(slot.disc),
                    text(slot.position)
                )
            })
            .collect()
    }

    #[test]
    fn one_group_is_one_disc() {
        let items = item(1, "A") + &item(3, "B") + &item(4, "I");
        assert_eq!(shown(&group("", &items)), ["A 1.1", "B 1.3"]);
    }

    #[test]
    fn groups_inside_are_discs() {
        let second = "<SequenceNumber>2</SequenceNumber>".to_owned() + &item(1, "C");
        let discs =
            group("", &(item(1, "A") + &item(2, "B"))) + &group("", &second) + &item(3, "D");
        assert_eq!(
            shown(&group("", &discs)),
            ["D ?.?", "A 1.1", "B 1.2", "C 2.1"]
        );
        let tops = group("", &item(1, "A")) + &group("", &item(1, "B"));
        assert_eq!(shown(&tops), ["A 1.1", "B 2.1"]);
    }

    #[test]
    fn works_and_sides_are_counted_through() {
        let works = item(1, "A")
            + &group(
                "ResourceGroupType='MultiWorkPart'",
                &(item(1, "B") + &item(2, "C")),
            )
            + &item(3, "D");
        assert_eq!(
            shown(&group("", &works)),
            ["A 1.1", "B 1.2", "C 1.3", "D 1.4"]
        );
        let sides = group("ResourceGroupType='Side'", &item(1, "A"))
            + &group("ResourceGroupType='Side'", &item(1, "B"));
        assert_eq!(shown(&group("", &sides)), ["A 1.1", "B 1.2"]);
    }

    #[test]
    fn without_groups_the_references_stand_alone() {
        let list = "<ReleaseResourceReferenceList>\
             <ReleaseResourceReference ReleaseResourceType='PrimaryResource'>A</ReleaseResourceReference>\
             <ReleaseResourceReference ReleaseResourceType='SecondaryResource'>B</ReleaseResourceReference>\
             </ReleaseResourceReferenceList>";
        assert_eq!(shown(list), ["A ?.?"]);
        assert_eq!(
            shown("<ReleaseResourceReference>A</ReleaseResourceReference>"),
            ["A ?.?"]
        );
        let listed = "<ResourceGroupResourceReferenceList><ResourceGroupResourceReference>A\
             </ResourceGroupResourceReference></ResourceGroupResourceReferenceList>";
        assert_eq!(shown(&group("", listed)), ["A 1.1"]);
    }
}
