use {
    super::{
        apart::{Apart, Objection, objection},
        evidence::{Evidence, Joint},
        member::Member,
    },
    crate::recordings::{Leaders, Place},
};

/// All tracks under a code or text.
#[derive(Debug)]
pub(super) struct Group {
    evidence: Evidence,
    members: Vec<Member>,
    places: Vec<Place>,
}

impl Group {
    /// Weighs the members as the import did that joined them.
    pub(super) fn new(evidence: Evidence, mut members: Vec<Member>) -> Self {
        members.sort_unstable_by(|a, b| a.order.cmp(&b.order));
        let mut leaders = Leaders::default();
        let places = members.iter().enumerate().map(|(at, member)| {
            let join = |leader: usize| members[leader].stands == member.stands;
            leaders.place(at, member.witness, member.joins, join)
        });
        Self {
            evidence,
            places: places.collect(),
            members,
        }
    }

    /// What joined tracks of this recording.
    pub(super) fn joints(&self, stands: u64) -> impl Iterator<Item = Joint> {
        let placed = self.members.iter().zip(&self.places);
        let own = placed.filter(move |(member, _)| member.stands == stands);
        own.filter_map(|(member, place)| match place {
            Place::Joins(leader) => Some(Joint {
                track: member.rank,
                with: self.members[*leader].rank,
                evidence: self.evidence.clone(),
            }),
            Place::Leads | Place::Passed => None,
        })
    }

    /// Every track of another recording, beside that of this one which is
    /// nearest in duration.
    pub(super) fn apart(&self, stands: u64) -> Vec<Apart> {
        let (own, others): (Vec<usize>, Vec<usize>) =
            (0..self.members.len()).partition(|at| self.members[*at].stands == stands);
        let apart = others.into_iter().filter_map(|other| {
            let near = own.iter().min_by_key(|own| self.distance(**own, other))?;
            Some(self.between(*near, other))
        });
        apart.collect()
    }

    fn distance(&self, a: usize, b: usize) -> u32 {
        let ms = |at: usize| self.members[at].witness.duration_ms;
        ms(a).zip(ms(b)).map_or(0, |(a, b)| a.abs_diff(b))
    }

    /// Why two members are two recordings. What speaks against the one being
    /// the other may be told of that which a member follows: only with those
    /// that lead is anybody compared.
    pub(super) fn between(&self, track: usize, other: usize) -> Apart {
        let (lead, other_lead) = (self.leader(track), self.leader(other));
        let pairs = [
            (track, other),
            (lead, other),
            (track, other_lead),
            (lead, other_lead),
        ];
        let told = pairs.into_iter().find_map(|(a, b)| {
            let objection = objection(&self.members[a], &self.members[b])?;
            Some((a, b, objection))
        });
        let (a, b, objection) = told.unwrap_or((track, other, Objection::TooMany));
        let rank = |at: usize| self.members[at].rank;
        Apart {
            track: rank(track),
            other: rank(other),
            shared: self.evidence.clone(),
            compared: (rank(a), rank(b)),
            objection,
        }
    }

    /// The member that another joined, otherwise itself.
    fn leader(&self, at: usize) -> usize {
        match self.places[at] {
            Place::Joins(leader) => leader,
            Place::Leads | Place::Passed => at,
        }
    }

    #[cfg(test)]
    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    /// Whether some members were not compared with others.
    #[cfg(test)]
    pub(super) fn is_crowded(&self) -> bool {
        self.places.contains(&Place::Passed)
    }
}
