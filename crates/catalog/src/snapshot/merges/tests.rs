use {
    super::{
        apart::Objection,
        evidence::Evidence,
        group::Group,
        member::{Member, Order},
    },
    crate::{
        recordings::{Leaders, MOST_RECORDINGS, Witness},
        text::durations_agree,
    },
    proptest::prelude::*,
};

/// Recordings on their way to be joined, the plain way.
struct Joining {
    stands: Vec<usize>,
    known: Vec<bool>,
}

impl Joining {
    fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.stands[a], self.stands[b]);
        let are_known = self.known[a] && self.known[b];
        if a != b && !are_known {
            let (root, other) = if self.known[b] { (b, a) } else { (a, b) };
            let of_other = self.stands.iter_mut().filter(|it| **it == other);
            of_other.for_each(|it| *it = root);
        }
        a == b || !are_known
    }
}

/// A member that stands for itself.
fn member() -> impl Strategy<Value = Member> {
    let seconds =
        prop::option::weighted(0.9, prop::sample::select(vec![97u32, 100, 102, 105, 203]));
    let release = prop::option::of(0u32..3);
    (seconds, release, any::<bool>(), prop::bool::weighted(0.3)).prop_map(
        |(seconds, release, joins, is_known)| Member {
            rank: 0,
            stands: 0,
            is_known,
            joins,
            witness: Witness {
                duration_ms: seconds.map(|seconds| seconds * 1000),
                release: release.filter(|_| joins).map(|release| (0, release)),
            },
            order: Order {
                is_late: joins,
                lacks_duration: seconds.is_none(),
                rank: None,
                track: [0; 16],
            },
        },
    )
}

/// Joins members as an import does, after some that other evidence joined.
fn joined(mut members: Vec<Member>, before: &[(usize, usize)]) -> Vec<Member> {
    for (at, member) in members.iter_mut().enumerate() {
        member.order.track[..8].copy_from_slice(&(at as u64).to_be_bytes());
    }
    members.sort_by(|a, b| a.order.cmp(&b.order));
    let mut joining = Joining {
        stands: (0..members.len()).collect(),
        known: members.iter().map(|member| member.is_known).collect(),
    };
    for (a, b) in before {
        joining.join(a % members.len(), b % members.len());
    }
    let mut leaders = Leaders::default();
    for (at, member) in members.iter().enumerate() {
        let join = |leader| joining.join(leader, at);
        leaders.place(at, member.witness, member.joins, join);
    }
    for (at, member) in members.iter_mut().enumerate() {
        member.rank = at as u64;
        member.stands = joining.stands[at] as u64;
        member.is_known = joining.known[joining.stands[at]];
    }
    members
}

fn is_true(group: &Group, objection: Objection, (a, b): (u64, u64)) -> bool {
    let find = |rank| group.members().iter().find(|member| member.rank == rank);
    let (a, b) = (find(a).unwrap(), find(b).unwrap());
    match objection {
        Objection::Durations {
            track_ms,
            other_ms,
            allowed_ms,
        } => {
            let told = [Some(track_ms), Some(other_ms)];
            let differ = !durations_agree(told[0], told[1]);
            let is_more = u64::from(track_ms.abs_diff(other_ms)) > allowed_ms;
            told == [a.witness.duration_ms, b.witness.duration_ms] && differ && is_more
        }
        Objection::MusicBrainz => a.is_known && b.is_known,
        Objection::OneRelease => a.witness.shares_release(&b.witness),
        Objection::OwnCodes => !a.joins && !b.joins,
        Objection::TooMany => group.is_crowded() && group.members().len() > MOST_RECORDINGS,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_pair_that_stays_apart_has_a_true_reason(
        members in prop::collection::vec(member(), 2..160),
        before in prop::collection::vec((0usize..160, 0usize..160), 0..6),
    ) {
        let group = Group::new(Evidence::Text, joined(members, &before));
        for a in 0..group.members().len() {
            for b in 0..a {
                let stands = |at: usize| group.members()[at].stands;
                if stands(a) == stands(b) {
                    continue;
                }
                let apart = group.between(a, b);
                let rank = |at: usize| group.members()[at].rank;
                prop_assert_eq!((apart.track, apart.other), (rank(a), rank(b)));
                prop_assert!(is_true(&group, apart.objection, apart.compared), "{:?}", apart);
                let stand = |rank: u64| group.members()[rank as usize].stands;
                let (c, d) = apart.compared;
                prop_assert_eq!((stand(c), stand(d)), (stands(a), stands(b)));
            }
        }
    }

    #[test]
    fn joints_are_what_was_joined(
        members in prop::collection::vec(member(), 2..40),
    ) {
        let group = Group::new(Evidence::Text, joined(members, &[]));
        for stands in group.members().iter().map(|member| member.stands) {
            let own = group.members().iter().filter(|member| member.stands == stands);
            let joints: Vec<_> = group.joints(stands).collect();
            // A tree over the members: one joint less than there are of them.
            prop_assert_eq!(joints.len() + 1, own.count());
            for joint in joints {
                let member = |rank: u64| &group.members()[rank as usize];
                let (a, b) = (member(joint.track), member(joint.with));
                prop_assert!(a.witness.may_be(&b.witness) && a.joins);
                prop_assert_eq!((a.stands, b.stands), (stands, stands));
            }
        }
    }
}
