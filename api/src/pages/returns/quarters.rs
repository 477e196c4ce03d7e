//! Figures of a form's grid of quarters: told quarter by quarter, for a grid of twelve columns is
//! read on no telephone, and a list of all its cells on no screen.

use super::section::FigureAnswer;

/// Figures that are told together.
pub struct FigureGroup {
    /// "Figures", "Quarter 3".
    pub caption: String,
    pub note: String,
    pub figures: Vec<FigureAnswer>,
}

/// "Capital grant, quarter 3" as its line and its quarter.
fn split(label: &str) -> Option<(&str, u32)> {
    let (line, quarter) = label.rsplit_once([',', ':'])?;
    let (word, number) = quarter.trim().split_once(' ')?;
    if !word.eq_ignore_ascii_case("quarter") || line.trim().is_empty() {
        return None;
    }
    Some((line.trim(), number.parse().ok()?))
}

/// The figures that belong to no quarter, then those of each; where there is but one quarter, all
/// are told as they stand in the form.
pub fn by_quarter(figures: Vec<FigureAnswer>, note: &str) -> Vec<FigureGroup> {
    let mut quarters: Vec<u32> = figures
        .iter()
        .filter_map(|figure| split(&figure.label))
        .map(|(_, quarter)| quarter)
        .collect();
    quarters.sort_unstable();
    quarters.dedup();
    let group = |caption: String, note: &str, figures: Vec<FigureAnswer>| FigureGroup {
        caption,
        note: note.to_owned(),
        figures,
    };
    if quarters.len() < 2 {
        let all = group("Figures".to_owned(), note, figures);
        return if all.figures.is_empty() {
            Vec::new()
        } else {
            vec![all]
        };
    }
    let (of_a_quarter, others): (Vec<_>, Vec<_>) = figures
        .into_iter()
        .partition(|figure| split(&figure.label).is_some());
    let mut groups: Vec<FigureGroup> = quarters
        .iter()
        .map(|quarter| group(format!("Quarter {quarter}"), "", Vec::new()))
        .collect();
    for figure in of_a_quarter {
        let Some((line, quarter)) = split(&figure.label) else {
            continue;
        };
        let (line, at) = (line.to_owned(), quarters.binary_search(&quarter));
        if let Some(group) = at.ok().and_then(|at| groups.get_mut(at)) {
            group.figures.push(FigureAnswer {
                label: line,
                ..figure
            });
        }
    }
    if others.is_empty() {
        if let Some(first) = groups.first_mut() {
            note.clone_into(&mut first.note);
        }
    } else {
        groups.insert(0, group("Figures".to_owned(), note, others));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(labels: &[&str]) -> Vec<FigureAnswer> {
        labels
            .iter()
            .map(|label| FigureAnswer {
                key: String::new(),
                label: (*label).to_owned(),
                place: String::new(),
                value: String::new(),
                href: String::new(),
                note: String::new(),
            })
            .collect()
    }

    fn told(labels: &[&str]) -> Vec<String> {
        by_quarter(figures(labels), "")
            .into_iter()
            .map(|group| {
                let lines: Vec<String> = group.figures.into_iter().map(|one| one.label).collect();
                format!("{}: {}", group.caption, lines.join("; "))
            })
            .collect()
    }

    #[test]
    fn a_grid_is_told_quarter_by_quarter() {
        assert_eq!(
            told(&[
                "Total grant",
                "Capital, quarter 10",
                "Capital, quarter 2",
                "Treatment, revenue: Quarter 2",
                "Treatment, this quarter",
            ]),
            [
                "Figures: Total grant; Treatment, this quarter",
                "Quarter 2: Capital; Treatment, revenue",
                "Quarter 10: Capital",
            ]
        );
    }

    #[test]
    fn without_a_grid_all_stands_as_in_the_form() {
        assert_eq!(
            told(&["Spent, quarter 1", "Left"]),
            ["Figures: Spent, quarter 1; Left"]
        );
        assert!(told(&[]).is_empty());
    }
}
