use super::super::xml::Element;

/// Where the fields of a release or a recording stand: in it, or, up to 3.8,
/// in what it says by territory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'t> {
    element: Element<'t>,
    by_territory: Option<Element<'t>>,
}

impl<'t> Scope<'t> {
    /// Of the territories, the whole world goes first, then the first listed.
    pub(super) fn new(element: Element<'t>) -> Self {
        let name = format!("{}DetailsByTerritory", element.name());
        let is_world = |details: &Element| details.values("TerritoryCode").any(is_worldwide);
        let worldwide = element.all(&name).find(is_world);
        Self {
            element,
            by_territory: worldwide.or_else(|| element.child(&name)),
        }
    }

    pub(super) fn element(self) -> Element<'t> {
        self.element
    }

    /// The children of this name, those by territory where there are any.
    pub(super) fn all(self, name: &str) -> Vec<Element<'t>> {
        let places = [self.by_territory, Some(self.element)];
        let lists = places
            .into_iter()
            .flatten()
            .map(|it| it.all(name).collect());
        lists
            .into_iter()
            .find(|found: &Vec<Element>| !found.is_empty())
            .unwrap_or_default()
    }

    /// The child of this name that is for all.
    pub(super) fn child(self, name: &str) -> Option<Element<'t>> {
        preferred(&self.all(name))
    }

    /// The text of the child of this name that is for all.
    pub(super) fn value(self, name: &str) -> Option<&'t str> {
        self.child(name)
            .map(Element::text)
            .filter(|text| !text.is_empty())
    }
}

pub(super) fn is_worldwide(code: &str) -> bool {
    code == "Worldwide"
}

/// Of alternatives: the default, then one for no single territory, then the
/// first.
pub(super) fn preferred<'t>(elements: &[Element<'t>]) -> Option<Element<'t>> {
    let is_default = |element: &&Element| element.attribute("IsDefault") == Some("true");
    let is_for_all = |element: &&Element| {
        element
            .attribute("ApplicableTerritoryCode")
            .is_none_or(is_worldwide)
    };
    let found = elements.iter().find(is_default);
    found
        .or_else(|| elements.iter().find(is_for_all))
        .or_else(|| elements.first())
        .copied()
}
