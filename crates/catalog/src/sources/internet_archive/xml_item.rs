use super::{
    super::xml::{Element, Tree, XmlError},
    fields::{Fields, Item},
};

/// Reads the files that describe an item, one behind the other: its metadata,
/// the list of its files, and others that no field is read from.
pub(super) fn item(text: &str) -> Result<Item, XmlError> {
    let tree = Tree::parse(text, &["description", "reviews", "notes"])?;
    let mut item = Item::default();
    for root in tree.roots() {
        match root.name() {
            "metadata" => item.metadata = fields(root),
            "files" => {
                let files = root.all("file").map(file);
                item.files.get_or_insert_default().extend(files);
            }
            _ => {}
        }
    }
    let is_known = |root: Element| matches!(root.name(), "metadata" | "files");
    item.is_foreign = !tree.roots().any(is_known);
    match tree.roots().next() {
        Some(_) => Ok(item),
        None => Err(XmlError::Empty),
    }
}

fn fields(element: Element) -> Fields {
    let mut fields = Fields::default();
    for child in element.children() {
        fields.add(child.name(), child.text());
    }
    fields
}

fn file(element: Element) -> Fields {
    let mut fields = fields(element);
    for name in ["name", "source"] {
        fields.add(name, element.attribute(name).unwrap_or_default());
    }
    fields
}
