use {
    super::{super::xml::Element, scope::preferred},
    std::collections::BTreeMap,
};

/// A name with what tells it from others of that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Party {
    pub(super) name: String,
    pub(super) id: Option<String>,
}

/// The parties of a message, by reference; from 4.1 on they stand in a list.
pub(super) type Parties<'t> = BTreeMap<&'t str, Party>;

pub(super) fn parties<'t>(message: Element<'t>) -> Parties<'t> {
    let lists = message.child("PartyList");
    let listed = lists.iter().flat_map(|list| list.all("Party"));
    listed
        .filter_map(|element| Some((element.value("PartyReference")?, party(element)?)))
        .collect()
}

/// The party that an element describes itself.
pub(super) fn party(element: Element) -> Option<Party> {
    let names: Vec<Element> = element.all("PartyName").collect();
    let name = preferred(&names)?.value("FullName")?;
    Some(Party {
        name: name.into(),
        id: element.all("PartyId").find_map(id),
    })
}

/// An ISNI, otherwise what the sender or another party calls it. Numbers of
/// performers and writers are not those of artists as credited.
fn id(element: Element) -> Option<String> {
    if let Some(isni) = element.value("ISNI") {
        return Some(isni.into());
    }
    if let Some(own) = element.child("ProprietaryId") {
        return named(own.attribute("Namespace"), own.text());
    }
    named(element.attribute("Namespace"), element.text())
}

fn named(namespace: Option<&str>, text: &str) -> Option<String> {
    let id = match namespace.filter(|namespace| !namespace.is_empty()) {
        Some(namespace) => format!("{namespace}:{text}"),
        None => text.to_owned(),
    };
    Some(id).filter(|_| !text.is_empty())
}
