use super::{super::xml::Element, scope::is_worldwide};

/// Commercial models under which nothing is made available.
const NO_OFFERS: [&str; 1] = ["RightsClaimModel"];

/// Whether the message holds a deal that lets this release be heard all over
/// the world, from the day of the message at the latest and without an end.
/// A takedown or a cancellation ends all deals of the release. What may leave
/// an archive leaves for good, so a deal that ends carries nothing.
pub(super) fn is_offered(message: Element, release: &str, created: &str) -> bool {
    let lists = message.child("DealList");
    let deals: Vec<Element> = lists
        .iter()
        .flat_map(|list| list.all("ReleaseDeal"))
        .filter(|deal| deal.values("DealReleaseReference").any(|it| it == release))
        .flat_map(|deal| deal.all("Deal"))
        .filter_map(|deal| deal.child("DealTerms"))
        .collect();
    let is_over =
        |terms: &Element| is_true(*terms, "TakeDown") || is_true(*terms, "AllDealsCancelled");
    !deals.iter().any(is_over) && deals.iter().any(|terms| holds(*terms, created))
}

fn holds(terms: Element, created: &str) -> bool {
    let is_offer = terms
        .values("CommercialModelType")
        .all(|model| !NO_OFFERS.contains(&model));
    let is_everywhere = terms.values("TerritoryCode").any(is_worldwide)
        && terms.values("ExcludedTerritoryCode").next().is_none();
    is_offer
        && is_everywhere
        && !is_true(terms, "IsPreOrderDeal")
        && terms
            .all("ValidityPeriod")
            .any(|period| has_begun(period, created))
}

/// Whether the period began by the day of the message and has no end.
fn has_begun(period: Element, created: &str) -> bool {
    let ends = ["EndDate", "EndDateTime"];
    let mut starts = ["StartDate", "StartDateTime"]
        .into_iter()
        .filter_map(|name| period.value(name));
    let has_end = ends.iter().any(|name| period.child(name).is_some());
    !has_end && starts.all(|start| day(start) <= day(created)) && !created.is_empty()
}

/// `2026-01-31` of a date with or without a time; dates sort as texts.
fn day(text: &str) -> &str {
    text.get(..10).unwrap_or(text)
}

fn is_true(element: Element, name: &str) -> bool {
    element
        .values(name)
        .any(|text| matches!(text, "true" | "1"))
}

#[cfg(test)]
mod tests {
    use {super::*, crate::sources::xml::Tree};

    fn offered(deals: &[&str]) -> bool {
        let deals: String = deals
            .iter()
            .map(|terms| format!("<Deal><DealTerms>{terms}</DealTerms></Deal>"))
            .collect();
        let text = format!(
            "<m><DealList><ReleaseDeal><DealReleaseReference>R0</DealReleaseReference>{deals}</ReleaseDeal>\
             </DealList></m>"
        );
        let tree = Tree::parse(&text, &[]).unwrap();
        is_offered(tree.root().unwrap(), "R0", "2026-01-31T12:00:00Z")
    }

    fn terms(territory: &str, period: &str) -> String {
        format!(
            "<TerritoryCode>{territory}</TerritoryCode><ValidityPeriod>{period}</ValidityPeriod>"
        )
    }

    #[test]
    fn only_a_deal_for_all_places_and_times_holds() {
        let good = terms("Worldwide", "<StartDate>2026-01-31</StartDate>");
        assert!(offered(&[&good]));
        assert!(offered(&[&terms(
            "Worldwide",
            "<StartDateTime>2020-01-31T00:00:00</StartDateTime>"
        )]));
        for bad in [
            terms("DE", "<StartDate>2026-01-31</StartDate>"),
            terms("Worldwide", "<StartDate>2026-02-01</StartDate>"),
            terms(
                "Worldwide",
                "<StartDate>2020-01-01</StartDate><EndDate>2030-01-01</EndDate>",
            ),
            terms(
                "Worldwide",
                "<StartDate>2020-01-01</StartDate><EndDateTime/>",
            ),
            format!("{good}<ExcludedTerritoryCode>US</ExcludedTerritoryCode>"),
            format!("{good}<IsPreOrderDeal>true</IsPreOrderDeal>"),
            format!("{good}<CommercialModelType>RightsClaimModel</CommercialModelType>"),
            "<TerritoryCode>Worldwide</TerritoryCode>".to_owned(),
        ] {
            assert!(!offered(&[&bad]), "{bad}");
            assert!(offered(&[&bad, &good]), "{bad}");
        }
        assert!(!offered(&[]));
    }

    #[test]
    fn a_takedown_ends_all() {
        let good = terms("Worldwide", "<StartDate>2026-01-31</StartDate>");
        for end in [
            "<TakeDown>true</TakeDown>",
            "<AllDealsCancelled>1</AllDealsCancelled>",
        ] {
            assert!(!offered(&[&good, end]));
        }
        assert!(offered(&[&good, "<TakeDown>false</TakeDown>"]));
    }

    #[test]
    fn deals_of_other_releases_say_nothing() {
        let tree = Tree::parse(
            "<m><DealList><ReleaseDeal><DealReleaseReference>R1</DealReleaseReference><Deal><DealTerms>\
             <TerritoryCode>Worldwide</TerritoryCode><ValidityPeriod><StartDate>2020-01-01</StartDate>\
             </ValidityPeriod></DealTerms></Deal></ReleaseDeal></DealList></m>",
            &[],
        );
        let tree = tree.unwrap();
        let root = tree.root().unwrap();
        assert!(!is_offered(root, "R0", "2026-01-31"));
        assert!(is_offered(root, "R1", "2026-01-31"));
        assert!(!is_offered(root, "R1", ""));
    }
}
