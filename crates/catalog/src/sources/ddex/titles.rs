use super::{
    super::xml::Element,
    scope::{Scope, preferred},
};

/// The title as it is shown, with its subtitle.
pub(super) fn title(scope: Scope) -> Option<String> {
    if let Some(text) = scope.value("DisplayTitleText") {
        return Some(text.into());
    }
    let shown = scope.child("DisplayTitle").and_then(composed);
    shown
        .or_else(|| typed(scope))
        .or_else(|| scope.element().child("ReferenceTitle").and_then(composed))
}

/// Up to 3.8: the title that is for display, then the formal one, then any.
fn typed(scope: Scope) -> Option<String> {
    let titles = scope.all("Title");
    let of_type = |kind: &str| {
        let found = titles.iter().copied();
        let found: Vec<Element> = found
            .filter(|title| title.attribute("TitleType") == Some(kind))
            .collect();
        preferred(&found).and_then(composed)
    };
    of_type("DisplayTitle")
        .or_else(|| of_type("FormalTitle"))
        .or_else(|| titles.iter().find_map(|title| composed(*title)))
}

/// `Title (Subtitle)`.
fn composed(title: Element) -> Option<String> {
    let mut text = title.value("TitleText")?.to_owned();
    for subtitle in title.values("SubTitle") {
        let is_bracketed = subtitle.starts_with(['(', '[']) && subtitle.ends_with([')', ']']);
        text += &match is_bracketed {
            true => format!(" {subtitle}"),
            false => format!(" ({subtitle})"),
        };
    }
    Some(text)
}
