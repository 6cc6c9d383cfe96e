use super::super::xml::Element;

/// What names a release, in the order in which one becomes its id.
const KINDS: [&str; 5] = ["ICPN", "GRid", "ProprietaryId", "CatalogNumber", "ISRC"];

/// All ids of a release, the one that it goes by first. Those that a newer id
/// replaced come last. A proprietary id is told with its namespace.
pub(super) fn ids(release: Element) -> Vec<String> {
    let is_replaced = |ids: &Element| ids.attribute("IsReplaced") == Some("true");
    let (old, new): (Vec<_>, Vec<_>) = release.all("ReleaseId").partition(is_replaced);
    let mut found: Vec<String> = Vec::new();
    for group in [new, old] {
        for kind in KINDS {
            let named = group.iter().flat_map(|ids| ids.all(kind));
            for id in named.map(id).filter(|id| !id.is_empty()) {
                if !found.contains(&id) {
                    found.push(id);
                }
            }
        }
    }
    found
}

fn id(element: Element) -> String {
    match element.attribute("Namespace") {
        Some(namespace) if !element.text().is_empty() => {
            format!("{namespace}:{}", element.text())
        }
        _ => element.text().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::sources::xml::Tree};

    #[test]
    fn the_barcode_goes_first_and_replaced_ids_last() {
        let tree = Tree::parse(
            "<Release><ReleaseId IsReplaced='true'><ICPN>1</ICPN></ReleaseId><ReleaseId><GRid>G</GRid>\
             <ICPN IsEan='true'> 2 </ICPN><ProprietaryId Namespace='DPID:P'>x</ProprietaryId>\
             <ProprietaryId/></ReleaseId></Release>",
            &[],
        );
        let tree = tree.unwrap();
        assert_eq!(ids(tree.root().unwrap()), ["2", "G", "DPID:P:x", "1"]);
    }
}
