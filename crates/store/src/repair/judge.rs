use crate::{
    error::Error,
    facts::{
        StripeFacts, known::Known, observe::Observation, place::Found, witness::is_self_consistent,
    },
    kit::Kit,
    repair::target::Target,
    verify::{
        shard::{Condition, compare},
        small::packs,
        survey::Survey,
    },
};

/// How a new file compares that was read back; `kit` is the one of its stripe, or one that
/// was made now.
pub fn judge(
    survey: &Survey,
    stripe: &StripeFacts,
    target: &Target,
    kit: Option<&Kit>,
    seen: &Observation,
) -> Result<Condition, Error> {
    let file = Found {
        place: target.shard.place.clone(),
        location: target.temporary.clone(),
        bytes: seen.bytes,
    };
    match kit.filter(|_| stripe.kit.is_none()) {
        // A new kit is made from this very file; what was known of the
        // whole file must be borne out.
        Some(kit) => Ok(beside_new_kit(stripe, target, kit, seen)),
        None if is_proven_by_itself(target) => Ok(Condition {
            whole: true,
            found_bytes: seen.bytes,
            ..Condition::default()
        }),
        None => compare(survey, target.shard, &file, seen),
    }
}

/// A pack of which nothing is known, not even its digest, and that came
/// out as its own index says.
fn is_proven_by_itself(target: &Target) -> bool {
    let shard = target.shard;
    let unknown = shard
        .known
        .as_ref()
        .is_none_or(|known| known.sha256.is_none());
    let is_pack = packs(std::slice::from_ref(shard)).next().is_some();
    unknown && is_pack && is_self_consistent(&target.temporary, shard.place.file_name())
}

fn beside_new_kit(
    stripe: &StripeFacts,
    target: &Target,
    kit: &Kit,
    seen: &Observation,
) -> Condition {
    let packs = &stripe.recovery;
    let fact = packs.iter().find(|pack| pack.place == target.shard.place);
    let whole: Option<&Known> = fact.and_then(|pack| pack.whole.as_ref());
    let borne_out = whole.is_none_or(|whole| whole.is_met_by(seen));
    Condition {
        whole: borne_out && seen.bytes == kit.pack_bytes,
        found_bytes: seen.bytes,
        tail_bad: !borne_out,
        ..target.shard.condition.clone()
    }
}

/// Damaged in fewer places, and in none that was right.
pub fn is_better(new: &Condition, old: &Condition) -> bool {
    let fewer = new.bad.count() < old.bad.count() || old.tail_bad && !new.tail_bad;
    new.bad.without(&old.bad).is_empty() && fewer && !new.unproven
}
