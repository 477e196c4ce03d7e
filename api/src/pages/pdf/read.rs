//! A page as a document: what it says to somebody who reads, without what is there to be pressed.
//!
//! The templates are ours and close what they open, so that the tokens of a page need only be stacked.

use chrono::{DateTime, Utc};
use html5gum::{Token, Tokenizer};
use typeset::{Block, Cell, Document, Span, Table};

use crate::pages::words;

/// Elements without an end.
const VOID: [&str; 8] = ["br", "hr", "img", "input", "link", "meta", "wbr", "col"];
/// Elements that are there to be pressed or looked at: a picture's figures stand in the table beside it.
const NOT_READ: [&str; 9] = [
    "form", "button", "nav", "script", "style", "svg", "select", "progress", "template",
];
/// Classes that a printed page leaves out as well (`tributary.css`), and what only a screen reader is told, because
/// it cannot see what stands beside.
const NOT_PRINTED: [&str; 11] = [
    "actions", "filters", "take", "back", "trail", "pages", "button", "act", "onward", "hush",
    "key",
];
/// Elements that stand in a line.
const INLINE: [&str; 12] = [
    "a", "abbr", "b", "code", "em", "i", "small", "span", "strong", "sub", "sup", "time",
];
/// Classes of such elements that stand under each other all the same.
const UNDER: [&str; 3] = ["about", "small", "above"];

#[derive(Debug, Default)]
struct Element {
    name: String,
    classes: Vec<String>,
    hidden: bool,
    across: usize,
    inside: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    fn is(&self, name: &str) -> bool {
        self.name == name
    }

    fn has(&self, class: &str) -> bool {
        self.classes.iter().any(|one| one == class)
    }

    fn is_read(&self) -> bool {
        !self.hidden
            && !NOT_READ.contains(&self.name.as_str())
            && !NOT_PRINTED.iter().any(|class| self.has(class))
    }

    fn elements(&self) -> impl Iterator<Item = &Element> {
        self.inside.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    fn find(&self, wanted: &dyn Fn(&Element) -> bool) -> Option<&Element> {
        self.elements().find_map(|inner| {
            if wanted(inner) {
                Some(inner)
            } else {
                inner.find(wanted)
            }
        })
    }

    /// All that it says, in one line.
    fn text(&self) -> String {
        let mut text = String::new();
        for span in lines(self).concat() {
            text.push_str(&span.text);
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Whether this does nothing but lead somewhere.
fn only_leads<'a>(inside: impl IntoIterator<Item = &'a Node>) -> bool {
    let mut leads = false;
    for node in inside {
        match node {
            Node::Text(text) if text.trim().is_empty() => {}
            Node::Element(inner) if inner.is("a") => leads = true,
            Node::Element(inner) if inner.is("p") && only_leads(&inner.inside) => leads = true,
            Node::Element(inner) if !inner.is_read() => {}
            _ => return false,
        }
    }
    leads
}

/// A page as it was sent, as a document.
pub fn document(html: &[u8], made: DateTime<Utc>) -> Document {
    let page = parsed(html);
    let said = |wanted: &dyn Fn(&Element) -> bool| page.find(wanted).map(Element::text);
    let title = said(&|one| one.is("title")).unwrap_or_default();
    let title = title
        .strip_suffix(" – Tributary")
        .unwrap_or(&title)
        .to_owned();
    let house = said(&|one| one.is("span") && one.has("house")).unwrap_or_default();
    let mut blocks = Vec::new();
    if let Some(main) = page.find(&|one| one.is("main")) {
        within(main, &mut blocks);
    }
    Document {
        title,
        house,
        foot: format!(
            "As it stood on {}. Made with Tributary.",
            words::instant(&made)
        ),
        made,
        blocks: without_bare_headings(blocks),
    }
}

fn parsed(html: &[u8]) -> Element {
    let mut open = vec![Element::default()];
    let close = |open: &mut Vec<Element>| {
        if open.len() > 1
            && let Some(done) = open.pop()
            && let Some(outer) = open.last_mut()
        {
            outer.inside.push(Node::Element(done));
        }
    };
    for Ok(token) in Tokenizer::new(html) {
        match token {
            Token::StartTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                let attribute = |wanted: &str| {
                    let value = tag.attributes.get(wanted.as_bytes())?;
                    Some(String::from_utf8_lossy(value).into_owned())
                };
                let ends = tag.self_closing || VOID.contains(&name.as_str());
                open.push(Element {
                    classes: attribute("class")
                        .map(|all| all.split_whitespace().map(str::to_owned).collect())
                        .unwrap_or_default(),
                    hidden: attribute("hidden").is_some(),
                    across: attribute("colspan")
                        .and_then(|across| across.parse().ok())
                        .unwrap_or(1),
                    name,
                    inside: Vec::new(),
                });
                if ends {
                    close(&mut open);
                }
            }
            Token::EndTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                // What was left open inside ends with it; an end without a beginning is nothing.
                if open.iter().skip(1).any(|one| one.name == name) {
                    while open.len() > 1 {
                        let done = open.last().is_some_and(|one| one.name == name);
                        close(&mut open);
                        if done {
                            break;
                        }
                    }
                }
            }
            Token::String(text) => {
                if let Some(outer) = open.last_mut() {
                    let text = String::from_utf8_lossy(&text.value).into_owned();
                    outer.inside.push(Node::Text(text));
                }
            }
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    while open.len() > 1 {
        close(&mut open);
    }
    open.pop().unwrap_or_default()
}

/// What stands in an element, block by block.
fn within(element: &Element, blocks: &mut Vec<Block>) {
    let mut loose = Vec::new();
    for node in &element.inside {
        match node {
            Node::Element(inner) if !inner.is_read() => {}
            Node::Element(inner) if !INLINE.contains(&inner.name.as_str()) && !inner.is("br") => {
                flush(&mut loose, blocks);
                block(inner, blocks);
            }
            _ => loose.push(node),
        }
    }
    flush(&mut loose, blocks);
}

/// What stood between blocks, as a paragraph of its own.
fn flush(loose: &mut Vec<&Node>, blocks: &mut Vec<Block>) {
    let loose = std::mem::take(loose);
    if !only_leads(loose.iter().copied()) {
        paragraph(lines_of(loose, false), Block::Text, blocks);
    }
}

fn paragraph(lines: Vec<Vec<Span>>, of: fn(Vec<Span>) -> Block, blocks: &mut Vec<Block>) {
    let said = lines.into_iter().filter(|spans| !is_blank(spans));
    blocks.extend(said.map(of));
}

fn is_blank(spans: &[Span]) -> bool {
    spans.iter().all(|span| span.text.trim().is_empty())
}

fn block(element: &Element, blocks: &mut Vec<Block>) {
    match element.name.as_str() {
        // The page's title stands for it.
        "h1" => {}
        "h2" | "h3" | "h4" => {
            let level = if element.is("h2") { 2 } else { 3 };
            blocks.push(Block::Heading(level, element.text()));
        }
        "table" => blocks.push(Block::Table(table(element))),
        "dl" => facts(element, blocks),
        "ul" if element.has("sums") => sums(element, blocks),
        "ul" | "ol" => items(element, blocks),
        "p" if only_leads(&element.inside) => {}
        "p" | "summary" | "caption" | "figcaption" | "legend" => {
            let soft = ["small", "soft", "hint"]
                .iter()
                .any(|class| element.has(class));
            paragraph(
                lines(element),
                if soft { Block::Small } else { Block::Text },
                blocks,
            );
        }
        // What is told apart from the rest of the page keeps its own words for a heading.
        "div" if element.has("notice") || element.has("empty") || element.has("errors") => {
            for inner in element.elements().filter(|inner| inner.is_read()) {
                match inner.name.as_str() {
                    "h2" => blocks.push(Block::Text(vec![Span::bold(inner.text())])),
                    _ => block(inner, blocks),
                }
            }
        }
        "details" => {
            for inner in element.elements().filter(|inner| inner.is_read()) {
                match inner.name.as_str() {
                    "summary" => blocks.push(Block::Text(vec![Span::bold(inner.text())])),
                    _ => within(inner, blocks),
                }
            }
        }
        _ => within(element, blocks),
    }
}

fn items(element: &Element, blocks: &mut Vec<Block>) {
    let items: Vec<Vec<Span>> = element
        .elements()
        .filter(|item| item.is_read() && !only_leads(&item.inside))
        .map(|item| joined(lines(item)))
        .filter(|spans| !is_blank(spans))
        .collect();
    if !items.is_empty() {
        blocks.push(Block::Items(items));
    }
}

/// Lines as one, a dash between them.
fn joined(lines: Vec<Vec<Span>>) -> Vec<Span> {
    let mut all = Vec::new();
    for line in lines {
        if !all.is_empty() {
            all.push(Span::plain(" – "));
        }
        all.extend(line);
    }
    all
}

/// Key and value, each pair a row.
fn facts(element: &Element, blocks: &mut Vec<Block>) {
    let mut body = Vec::new();
    let pairs = element
        .elements()
        .flat_map(|inner| match inner.name.as_str() {
            "div" => inner.elements().collect::<Vec<_>>(),
            _ => vec![inner],
        });
    for one in pairs.filter(|one| one.is_read()) {
        if one.is("dt") {
            body.push(vec![cell(one, true)]);
        } else if let Some(row) = body.last_mut() {
            row.push(cell(one, false));
        }
    }
    if !body.is_empty() {
        blocks.push(Block::Table(Table {
            body,
            ..Table::default()
        }));
    }
}

/// The few figures that matter: what each is, how much, and what more is to be known of it.
fn sums(element: &Element, blocks: &mut Vec<Block>) {
    let body = element
        .elements()
        .map(|sum| {
            let mut label = Vec::new();
            let (mut amount, mut note) = (Cell::default(), Cell::default());
            for node in &sum.inside {
                match node {
                    Node::Element(inner) if inner.has("big") => amount = cell(inner, false),
                    Node::Element(inner) if inner.has("small") => note = cell(inner, false),
                    _ => label.push(node),
                }
            }
            amount.number = true;
            for span in amount.lines.iter_mut().flatten() {
                span.bold = true;
            }
            let label = Cell {
                lines: lines_of(label, false),
                names: true,
                ..Cell::default()
            };
            vec![label, amount, note]
        })
        .collect();
    blocks.push(Block::Table(Table {
        body,
        ..Table::default()
    }));
}

fn table(element: &Element) -> Table {
    let mut table = Table::default();
    for part in element.elements().filter(|part| part.is_read()) {
        match part.name.as_str() {
            "caption" => {
                let note = part.find(&|one| one.has("soft")).map(Element::text);
                table.note = note.unwrap_or_default();
                let all = part.text();
                table.caption = all
                    .strip_suffix(&table.note)
                    .unwrap_or(&all)
                    .trim()
                    .to_owned();
            }
            "thead" => table.head.extend(rows(part)),
            "tfoot" => table.foot.extend(rows(part)),
            _ => table.body.extend(rows(part)),
        }
    }
    table
}

fn rows(part: &Element) -> impl Iterator<Item = Vec<Cell>> {
    part.elements()
        .filter(|row| row.is("tr") && row.is_read())
        .map(|row| {
            row.elements()
                .filter(|cell| cell.is("th") || cell.is("td"))
                .map(|one| cell(one, one.is("th")))
                .collect()
        })
}

fn cell(element: &Element, names: bool) -> Cell {
    Cell {
        lines: lines(element)
            .into_iter()
            .filter(|spans| !is_blank(spans))
            .collect(),
        across: element.across,
        names,
        number: element.has("num"),
    }
}

/// What an element says, in the lines that it stands in.
fn lines(element: &Element) -> Vec<Vec<Span>> {
    lines_of(&element.inside, element.has("strong"))
}

fn lines_of<'a>(inside: impl IntoIterator<Item = &'a Node>, bold: bool) -> Vec<Vec<Span>> {
    let mut lines = vec![Vec::new()];
    gather(inside, bold, &mut lines);
    lines.retain(|line| !line.is_empty());
    lines
}

fn said(text: &str, bold: bool, lines: &mut [Vec<Span>]) {
    if let Some(line) = lines.last_mut() {
        let text = text.to_owned();
        line.push(Span { text, bold });
    }
}

fn gather<'a>(inside: impl IntoIterator<Item = &'a Node>, bold: bool, lines: &mut Vec<Vec<Span>>) {
    for node in inside {
        match node {
            Node::Text(text) => said(text, bold, lines),
            Node::Element(inner) if inner.is("br") => lines.push(Vec::new()),
            Node::Element(inner) if !inner.is_read() => {}
            Node::Element(inner) => {
                let strong =
                    inner.is("strong") || inner.is("b") || inner.has("strong") || inner.has("big");
                let apart = !INLINE.contains(&inner.name.as_str())
                    || UNDER.iter().any(|class| inner.has(class));
                // A state beside something is told in brackets; alone in its cell it is what the cell says.
                let aside = inner.has("tag") && lines.last().is_some_and(|line| !is_blank(line));
                if apart {
                    lines.push(Vec::new());
                }
                if aside {
                    said(" (", bold, lines);
                }
                gather(&inner.inside, bold || strong, lines);
                if aside {
                    said(")", bold, lines);
                }
                if apart {
                    lines.push(Vec::new());
                }
            }
        }
    }
}

/// Headings under which nothing is left, once what only leads elsewhere is gone, are left out.
fn without_bare_headings(blocks: Vec<Block>) -> Vec<Block> {
    let mut kept: Vec<Block> = Vec::with_capacity(blocks.len());
    for block in blocks.into_iter().rev() {
        let bare = match (&block, kept.last()) {
            (Block::Heading(..), None) => true,
            (Block::Heading(level, _), Some(Block::Heading(next, _))) => next <= level,
            _ => false,
        };
        if !bare {
            kept.push(block);
        }
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn made_of(main: &str) -> Document {
        let html = format!(
            "<!DOCTYPE html><html><head><title>Position of A &amp; B – Tributary</title></head><body><header>\
             <span class=\"house\">Withy</span><form>Find</form></header><nav>Menu</nav><main id=\"main\">{main}</main>\
             <footer>Accessibility</footer></body></html>"
        );
        document(
            html.as_bytes(),
            DateTime::from_timestamp(1_795_000_000, 0).unwrap(),
        )
    }

    fn plain(text: &str) -> Vec<Span> {
        vec![Span::plain(text)]
    }

    #[test]
    fn a_page_is_read_without_what_is_there_to_be_pressed() {
        let document = made_of(
            "<h1><span class=\"above\">A</span>Position</h1><p class=\"lead\">It is <strong>£5</strong>.</p>\
             <form class=\"filters\"><input value=\"x\">Show</form><div class=\"take\"><a href=\"x\">CSV</a></div>\
             <p><a href=\"x\">Its history</a></p><h2>More of it</h2><ul class=\"plain\"><li><a href=\"x\">Cash</a></li></ul>",
        );
        assert_eq!(document.title, "Position of A & B");
        assert_eq!(document.house, "Withy");
        assert!(
            document.foot.starts_with("As it stood on "),
            "{}",
            document.foot
        );
        assert_eq!(
            document.blocks,
            [Block::Text(vec![
                Span::plain("It is "),
                Span::bold("£5"),
                Span::plain(".")
            ])]
        );
    }

    #[test]
    fn a_table_keeps_its_names_amounts_lines_and_sums() {
        let document = made_of(
            "<table><caption>Whose money <span class=\"soft\">As of today</span></caption><thead><tr>\
             <th scope=\"col\">Award</th><th class=\"num\">Agreed</th></tr></thead><tbody><tr><th scope=\"row\">\
             <a href=\"x\">One</a><span class=\"about\">Ends soon. <a href=\"y\">Burn-up<span class=\"hush\"> of One\
             </span></a></span></th><td class=\"num\"><a href=\"z\">£1.00</a></td></tr></tbody><tfoot><tr>\
             <th colspan=\"2\">Together</th></tr></tfoot></table>",
        );
        let [Block::Table(table)] = &document.blocks[..] else {
            panic!("{:?}", document.blocks);
        };
        assert_eq!(
            (table.caption.as_str(), table.note.as_str()),
            ("Whose money", "As of today")
        );
        assert!(table.head[0][1].number && table.head[0][0].names);
        assert_eq!(table.body[0][0].lines.len(), 2);
        assert_eq!(table.body[0][0].lines[0], plain("One"));
        assert_eq!(table.body[0][1].lines, [plain("£1.00")]);
        assert!(!table.body[0][1].names && table.body[0][1].number);
        assert_eq!(table.foot[0][0].across, 2);
    }

    #[test]
    fn facts_figures_notices_and_details_are_kept() {
        let document = made_of(
            "<div class=\"notice heed\"><h2>Please note</h2><p>It ends.</p></div>\
             <ul class=\"sums\"><li>Agreed <span class=\"big\">£2</span><span class=\"small soft\">of it £1</span></li></ul>\
             <dl class=\"facts\"><div><dt>Holder</dt><dd>Council</dd><dd class=\"act\"><a href=\"x\">Change</a></dd></div></dl>\
             <details class=\"more\"><summary>What it means</summary><div><p>This.</p></div></details>\
             <ul><li>First</li><li><a href=\"x\">A name</a> and more</li></ul>",
        );
        assert_eq!(
            document.blocks[0],
            Block::Text(vec![Span::bold("Please note")])
        );
        assert_eq!(document.blocks[1], Block::Text(plain("It ends.")));
        let Block::Table(sums) = &document.blocks[2] else {
            panic!()
        };
        assert_eq!(sums.body[0][1].lines, [vec![Span::bold("£2")]]);
        let Block::Table(facts) = &document.blocks[3] else {
            panic!()
        };
        assert_eq!(facts.body[0].len(), 2, "what changes it is not printed");
        assert_eq!(
            document.blocks[4],
            Block::Text(vec![Span::bold("What it means")])
        );
        let Block::Items(items) = &document.blocks[6] else {
            panic!("{:?}", document.blocks)
        };
        assert_eq!(items.len(), 2);
    }

    #[test]
    fn a_page_that_is_not_closed_loses_nothing() {
        let document = document(
            b"<main><p>One<p>Two<div><span>Three</b></main>",
            DateTime::from_timestamp(0, 0).unwrap(),
        );
        let said = format!("{:?}", document.blocks);
        for word in ["One", "Two", "Three"] {
            assert!(said.contains(word), "{said}");
        }
    }
}
