//! Which formulas depend on the answered cells, through cells, ranges, names, tables and sheets.
//!
//! Every formula is filed under what it refers to; then change is followed outwards from the
//! answers. A range that was met once is not looked at again, so the work is about the number of
//! formulas that are reached, not that number squared.

use std::collections::HashMap;
use std::rc::Rc;

use crate::address::{Cell, MAX_ROW, Rect};
use crate::calc::hash::Quick;
use crate::calc::model::Model;
use crate::calc::value::Fault;
use crate::formula::{Plan, Uses, uses};
use crate::open::grid::FormulaKind;

/// Columns of an area that is filed by column; wider ones are looked at for every column.
const NARROW: u32 = 32;
/// Steps after which every formula is taken to depend on the answers.
const MAX_STEPS: u64 = 300_000_000;

#[derive(Clone, Debug)]
struct Area {
    rect: Rect,
    users: Vec<u32>,
    met: bool,
}

#[derive(Clone, Debug, Default)]
struct Filed {
    cells: Vec<(u64, u32)>,
    by_column: HashMap<u32, Vec<u32>, Quick>,
    wide: Vec<u32>,
}

/// Formulas filed under what they refer to.
#[derive(Clone, Debug)]
pub struct Index<'a, 'b> {
    model: &'b Model<'a>,
    sheets: Vec<Filed>,
    areas: Vec<Area>,
    anywhere: Vec<u32>,
    /// Formulas whose values change by themselves.
    volatile: Vec<u32>,
}

/// The formulas that depend on some cells.
#[derive(Debug, Default)]
pub struct Dependents {
    /// Their numbers, in the order they were reached.
    pub ids: Vec<u32>,
    /// Whether the work was given up and all formulas are listed.
    pub all: bool,
}

fn key(cell: Cell) -> u64 {
    u64::from(cell.col) << 32 | u64::from(cell.row)
}

impl<'a, 'b> Index<'a, 'b> {
    /// Files every formula of the workbook.
    pub fn new(model: &'b Model<'a>) -> Self {
        let mut index = Self {
            model,
            sheets: model.book.sheets.iter().map(|_| Filed::default()).collect(),
            areas: Vec::new(),
            anywhere: Vec::new(),
            volatile: Vec::new(),
        };
        let mut known: HashMap<(usize, Rect), u32, Quick> = HashMap::default();
        // Of formulas that many cells share, what they use is gathered once for each sheet.
        let mut plans: HashMap<(usize, usize), Option<Rc<Plan>>, Quick> = HashMap::default();
        let mut used = Uses::default();
        for id in 0..u32::try_from(model.len()).unwrap_or(0) {
            let Some((sheet, grid, record, cell)) = model.record(id) else {
                continue;
            };
            if matches!(record.kind, FormulaKind::Array { dynamic: true, .. })
                && grid.value_bytes(cell) == Fault::Spill.text().as_bytes()
            {
                // Any cell beside it may be what it could not spill over.
                index.anywhere.push(id);
            }
            let Some(formula) = model.formula(id) else {
                // Not understood: it may refer to anything.
                index.anywhere.push(id);
                continue;
            };
            let plan = plans
                .entry((Rc::as_ptr(&formula).addr(), sheet))
                .or_insert_with(|| Plan::new(&formula, model.book, sheet).map(Rc::new))
                .clone();
            let (anywhere, volatile) = match plan {
                Some(plan) => {
                    for &(sheet, rect) in &plan.fixed {
                        index.file(&mut known, sheet, rect, id);
                    }
                    for (sheet, rect) in plan.moving(cell.at) {
                        index.file(&mut known, sheet, rect, id);
                    }
                    (plan.anywhere, plan.volatile)
                }
                None => {
                    used.rects.clear();
                    used.anywhere = false;
                    used.volatile = false;
                    uses(&formula, model.book, sheet, cell.at, &mut used);
                    for &(sheet, rect) in &used.rects {
                        index.file(&mut known, sheet, rect, id);
                    }
                    (used.anywhere, used.volatile)
                }
            };
            if anywhere {
                index.anywhere.push(id);
            }
            if volatile {
                index.volatile.push(id);
            }
        }
        for filed in &mut index.sheets {
            filed.cells.sort_unstable();
        }
        index
    }

    /// Files a formula under a rectangle that it uses.
    fn file(
        &mut self,
        known: &mut HashMap<(usize, Rect), u32, Quick>,
        sheet: usize,
        rect: Rect,
        id: u32,
    ) {
        if rect.is_one() {
            self.sheets[sheet].cells.push((key(rect.start), id));
            return;
        }
        let area = *known.entry((sheet, rect)).or_insert_with(|| {
            let number = u32::try_from(self.areas.len()).unwrap_or(u32::MAX);
            self.areas.push(Area {
                rect,
                users: Vec::new(),
                met: false,
            });
            let filed = &mut self.sheets[sheet];
            if rect.cols() > NARROW {
                filed.wide.push(number);
            } else {
                for col in rect.start.col..=rect.end.col {
                    filed.by_column.entry(col).or_default().push(number);
                }
            }
            number
        });
        self.areas[area as usize].users.push(id);
    }

    /// The formulas that change by themselves, as with the day, and those that depend on them:
    /// what is stored for them may be right no longer when the file is next opened.
    pub fn unsteady(&self) -> Vec<u32> {
        if self.volatile.is_empty() {
            return Vec::new();
        }
        let mut index = self.clone();
        // What finds its cells by INDIRECT or OFFSET is evaluated anew and meets them then.
        index.anywhere.clear();
        let from: Vec<(usize, Cell)> = self
            .volatile
            .iter()
            .filter_map(|id| self.model.fills(*id))
            .map(|(sheet, rect)| (sheet, rect.start))
            .collect();
        let mut all = index.dependents(&from).ids;
        all.extend(&self.volatile);
        all
    }

    /// Follows change outwards from these cells.
    pub fn dependents(mut self, from: &[(usize, Cell)]) -> Dependents {
        let mut out = Dependents::default();
        if from.is_empty() {
            return out;
        }
        let total = self.model.len();
        let mut reached = vec![false; total];
        let mut queue: Vec<(usize, Rect)> = from.iter().map(|(s, c)| (*s, Rect::one(*c))).collect();
        let mut found: Vec<u32> = std::mem::take(&mut self.anywhere);
        let mut steps = 0u64;
        loop {
            for id in found.drain(..) {
                if std::mem::replace(&mut reached[id as usize], true) {
                    continue;
                }
                out.ids.push(id);
                if let Some((sheet, rect)) = self.reach(id) {
                    queue.push((sheet, rect));
                }
            }
            let Some((sheet, rect)) = queue.pop() else {
                return out;
            };
            self.users(sheet, rect, &mut found, &mut steps);
            if steps > MAX_STEPS {
                out.ids = (0..u32::try_from(total).unwrap_or(0)).collect();
                out.all = true;
                return out;
            }
        }
    }

    /// The cells that change with a formula. One that spills may come to fill any cell below.
    fn reach(&self, id: u32) -> Option<(usize, Rect)> {
        let (sheet, mut rect) = self.model.fills(id)?;
        if let Some((_, _, record, _)) = self.model.record(id)
            && matches!(record.kind, FormulaKind::Array { dynamic: true, .. })
            && !rect.is_one()
        {
            rect.end.row = MAX_ROW;
        }
        Some((sheet, rect))
    }

    fn users(&mut self, sheet: usize, rect: Rect, found: &mut Vec<u32>, steps: &mut u64) {
        let filed = &mut self.sheets[sheet];
        for col in rect.start.col..=rect.end.col {
            let low = key(Cell::new(rect.start.row, col));
            let high = key(Cell::new(rect.end.row, col));
            let first = filed.cells.partition_point(|(k, _)| *k < low);
            for (_, id) in filed.cells[first..].iter().take_while(|(k, _)| *k <= high) {
                found.push(*id);
                *steps += 1;
            }
            let areas = &mut self.areas;
            let mut meet = |numbers: &mut Vec<u32>| {
                *steps += numbers.len() as u64;
                numbers.retain(|number| {
                    let area = &mut areas[*number as usize];
                    if !area.met && area.rect.meets(&rect) {
                        area.met = true;
                        found.append(&mut area.users);
                    }
                    !area.met
                });
            };
            if let Some(numbers) = filed.by_column.get_mut(&col) {
                meet(numbers);
            }
            if col == rect.start.col {
                meet(&mut filed.wide);
            }
        }
    }
}
