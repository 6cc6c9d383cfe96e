use {
    crate::{estimate::Budget, marks::Marks, totals::Totals},
    longplay_model::{Form, PlanBatch, PlanColumns, PlanMark, Reason},
    rayon::prelude::*,
    std::{
        ops::Range,
        sync::atomic::{AtomicU32, Ordering::Relaxed},
    },
};

/// A plan in memory: 9 bytes a row.
pub struct Planned {
    /// Row of the catalog at each place.
    pub(crate) rows: Vec<u32>,
    pub(crate) blocks: Blocks,
    pub(crate) said: Vec<Said>,
    pub(crate) marks: Marks,
    pub(crate) budget: Budget,
    pub(crate) totals: Totals,
}

/// Tar blocks of copies.
pub(crate) enum Blocks {
    ByPlace(Vec<u32>),
    ByRow(Vec<u32>),
}

/// What is said of a place, in a byte: the reason, the form that is kept or
/// would be, and whether the bytes of a copy count there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Said(u8);

const COUNTS: u8 = 1 << 7;
const FORM: u32 = 4;

impl Said {
    pub(crate) fn new(reason: Reason) -> Self {
        let number = Reason::ALL.iter().position(|known| *known == reason);
        Self(number.unwrap_or(0) as u8)
    }

    /// A copy in this form, kept or wanted.
    pub(crate) fn in_form(self, form: Form) -> Self {
        Self(self.0 & 0xf | COUNTS | (form as u8) << FORM)
    }

    pub(crate) fn reason(self) -> Reason {
        Reason::ALL[usize::from(self.0 & 0xf)]
    }

    /// The form that is kept or would be, where there is a copy to keep.
    pub(crate) fn form(self) -> Option<Form> {
        let form = usize::from(self.0 >> FORM & 3);
        (self.0 & COUNTS != 0).then(|| Form::ALL[form])
    }

    pub(crate) fn kept_form(self) -> Option<Form> {
        self.form().filter(|_| self.reason().is_kept())
    }

    /// How often each reason is given, in the order of all.
    pub(crate) fn count_reasons(said: &[Self]) -> [u64; Reason::ALL.len()] {
        let none = [0u64; Reason::ALL.len()];
        let counted = said.par_chunks(1 << 16).map(|said| {
            let mut counts = none;
            for said in said {
                counts[said.reason() as usize] += 1;
            }
            counts
        });
        counted.reduce(|| none, |a, b| std::array::from_fn(|at| a[at] + b[at]))
    }
}

impl Planned {
    /// The plan in numbers.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    fn bytes(&self, place: usize) -> u64 {
        match self.said[place].form() {
            Some(_) => self.budget.bytes_of(self.blocks(place)),
            None => 0,
        }
    }

    fn blocks(&self, place: usize) -> u32 {
        match &self.blocks {
            Blocks::ByPlace(blocks) => blocks[place],
            Blocks::ByRow(blocks) => blocks[self.rows[place] as usize],
        }
    }
}

impl PlanColumns for Planned {
    fn rows(&self) -> u32 {
        u32::try_from(self.rows.len()).expect("a plan has as many rows as its catalog")
    }

    fn fill(&self, places: Range<u32>, batch: &mut PlanBatch) {
        let places = places.start as usize..places.end as usize;
        batch.rows.clear();
        batch.rows.extend_from_slice(&self.rows[places.clone()]);
        let said = &self.said[places.clone()];
        batch.forms.clear();
        batch.forms.extend(said.iter().map(|said| said.kept_form()));
        batch.reasons.clear();
        batch.reasons.extend(said.iter().map(|said| said.reason()));
        batch.bytes.clear();
        batch.bytes.extend(places.map(|place| self.bytes(place)));
    }

    fn places(&self) -> Vec<u32> {
        let places: Vec<AtomicU32> = self.rows.par_iter().map(|_| AtomicU32::new(0)).collect();
        let rows = self.rows.par_iter().enumerate();
        rows.for_each(|(place, row)| places[*row as usize].store(place as u32, Relaxed));
        places.into_iter().map(AtomicU32::into_inner).collect()
    }

    fn marks(&self) -> Vec<PlanMark> {
        self.marks.sums()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_says_reason_and_form() {
        for reason in Reason::ALL {
            let said = Said::new(reason);
            assert_eq!((said.reason(), said.form()), (reason, None));
            for form in Form::ALL {
                let said = Said::new(reason).in_form(form);
                assert_eq!((said.reason(), said.form()), (reason, Some(form)));
                assert_eq!(said.kept_form(), reason.is_kept().then_some(form));
            }
        }
    }
}
