use longplay_model::PlanMark;

/// Sums over stretches of the order of a plan, of 1 to 4,096 places each.
#[derive(Debug, Clone)]
pub(crate) struct Marks {
    shift: u32,
    rows: u32,
    bytes: Vec<u64>,
    listens: Vec<f64>,
}

impl Marks {
    /// At most 65,536 stretches for plans of up to 268 M rows.
    pub(crate) fn new(rows: u32) -> Self {
        let shift = (0..12)
            .find(|shift| rows >> shift < 1 << 16)
            .unwrap_or(12u32);
        let stretches = (rows >> shift) as usize + 1;
        Self {
            shift,
            rows,
            bytes: vec![0; stretches],
            listens: vec![0.0; stretches],
        }
    }

    pub(crate) fn add_bytes(&mut self, place: u32, bytes: u64) {
        let sum = &mut self.bytes[(place >> self.shift) as usize];
        *sum = sum.saturating_add(bytes);
    }

    pub(crate) fn add_listens(&mut self, place: u32, listens: f64) {
        self.listens[(place >> self.shift) as usize] += listens;
    }

    /// Places of a stretch.
    pub(crate) fn stretch(&self) -> usize {
        1 << self.shift
    }

    /// The sums before each stretch, and at the end.
    pub(crate) fn sums(&self) -> Vec<PlanMark> {
        let mut so_far = PlanMark::default();
        let mut marks = vec![so_far];
        for ((bytes, listens), number) in self.bytes.iter().zip(&self.listens).zip(1u32..) {
            so_far.order = number.saturating_mul(1 << self.shift).min(self.rows);
            so_far.bytes = so_far.bytes.saturating_add(*bytes);
            so_far.listens += listens;
            if marks.last().is_none_or(|last| last.order < so_far.order) {
                marks.push(so_far);
            }
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_grow_to_the_whole() {
        for (rows, most) in [(0u32, 1), (1, 2), (70_000, 35_002), (300_000_000, 80_000)] {
            let mut marks = Marks::new(rows);
            for place in [0, rows / 2, rows.saturating_sub(1)] {
                marks.add_bytes(place.min(rows), 1);
                marks.add_listens(place.min(rows), 0.5);
            }
            let sums = marks.sums();
            assert!(sums.len() <= most, "{rows}: {}", sums.len());
            assert!(sums.is_sorted_by_key(|mark| (mark.order, mark.bytes)));
            let last = sums.last().unwrap();
            assert!(rows == 0 || (last.order, last.bytes, last.listens) == (rows, 3, 1.5));
        }
    }
}
