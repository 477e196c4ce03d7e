//! A page as somebody without scripts has it: what it says, where it leads, its forms filled and
//! sent as a browser would.

use std::collections::BTreeSet;

use super::visitor::{Reply, Visitor};

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    pub path: String,
    pub html: String,
}

/// A form of a page, with what it holds.
#[derive(Clone, Debug)]
pub struct Form {
    pub action: String,
    /// Whether it is sent in parts, because a file may come with it.
    in_parts: bool,
    fields: Vec<(String, String)>,
    names: BTreeSet<String>,
    /// What may be chosen, by the field's name.
    choices: Vec<(String, String)>,
}

/// Opens a page that must be there.
pub async fn open(who: &Visitor, path: &str) -> Page {
    let reply = who.get(path).await;
    assert_eq!(reply.status, 200, "{path}: {}", words_of(&reply.text));
    Page::of(path, &reply)
}

/// Opens where a reply leads to, which must be elsewhere.
pub async fn follow(who: &Visitor, reply: Reply) -> Page {
    let reply = reply.expect(303);
    open(who, &reply.header("location")).await
}

impl Page {
    pub fn of(path: &str, reply: &Reply) -> Self {
        Self {
            path: path.to_owned(),
            html: reply.text.clone(),
        }
    }

    /// What its main part says, with single spaces.
    pub fn words(&self) -> String {
        words_of(self.main())
    }

    /// Insists on words.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        let said = self.words();
        assert!(
            said.contains(words),
            "{} does not say “{words}” but: {said}",
            self.path
        );
        self
    }

    /// Insists on words' absence.
    #[track_caller]
    pub fn does_not_say(&self, words: &str) -> &Self {
        let said = self.words();
        assert!(
            !said.contains(words),
            "{} says “{words}”: {said}",
            self.path
        );
        self
    }

    fn main(&self) -> &str {
        self.html
            .split_once("<main")
            .and_then(|(_, rest)| rest.split_once('>'))
            .map_or(self.html.as_str(), |(_, rest)| rest)
            .split_once("</main>")
            .map_or(self.html.as_str(), |(main, _)| main)
    }

    /// Where its main part leads to on this site, each once.
    pub fn links(&self) -> BTreeSet<String> {
        links_of(self.main())
    }

    /// Where the whole page leads to on this site, its head and foot too.
    pub fn all_links(&self) -> BTreeSet<String> {
        links_of(&self.html)
    }

    /// The first link of these words.
    #[track_caller]
    pub fn link(&self, words: &str) -> String {
        let found = self.main().split("<a ").skip(1).find_map(|rest| {
            let (tag, rest) = rest.split_once('>')?;
            let text = words_of(rest.split_once("</a>")?.0);
            text.starts_with(words)
                .then(|| attribute(tag, "href"))
                .flatten()
        });
        found.unwrap_or_else(|| panic!("{} has no link “{words}”: {}", self.path, self.words()))
    }

    /// What its error summary says: the field, and what is wrong with it.
    pub fn problems(&self) -> Vec<(String, String)> {
        let summary = self
            .main()
            .split_once("class=\"errors\"")
            .map_or("", |(_, rest)| {
                rest.split("</ul>").next().unwrap_or_default()
            });
        summary
            .split("<a ")
            .skip(1)
            .filter_map(|rest| {
                let (tag, rest) = rest.split_once('>')?;
                let field = attribute(tag, "href")?.strip_prefix('#')?.to_owned();
                Some((field, words_of(rest.split_once("</a>")?.0)))
            })
            .collect()
    }

    /// Its forms, but for the frame's.
    pub fn forms(&self) -> Vec<Form> {
        self.main()
            .split("<form ")
            .skip(1)
            .filter_map(|rest| rest.split_once('>'))
            .map(|(tag, rest)| {
                let inside = rest.split("</form>").next().unwrap_or_default();
                let mut form = Form::read(&attribute(tag, "action").unwrap_or_default(), inside);
                form.in_parts =
                    attribute(tag, "enctype").is_some_and(|kind| kind == "multipart/form-data");
                form
            })
            .collect()
    }

    pub fn has_form(&self, action: &str) -> bool {
        self.forms().iter().any(|form| form.action == action)
    }

    /// The form that posts there.
    #[track_caller]
    pub fn form(&self, action: &str) -> Form {
        let forms = self.forms();
        let known: Vec<&str> = forms.iter().map(|form| form.action.as_str()).collect();
        forms
            .iter()
            .find(|form| form.action == action)
            .cloned()
            .unwrap_or_else(|| panic!("{} has no form to {action}: {known:?}", self.path))
    }
}

impl Form {
    fn read(action: &str, inside: &str) -> Self {
        let mut form = Self {
            action: action.to_owned(),
            in_parts: false,
            fields: Vec::new(),
            names: BTreeSet::new(),
            choices: Vec::new(),
        };
        for tag in tags(inside, "input") {
            let Some(name) = attribute(tag, "name") else {
                continue;
            };
            let value = attribute(tag, "value").unwrap_or_default();
            form.names.insert(name.clone());
            match attribute(tag, "type").as_deref() {
                Some("radio" | "checkbox") => {
                    form.choices.push((name.clone(), value.clone()));
                    if tag.contains(" checked") {
                        form.fields.push((name, value));
                    }
                }
                _ => form.fields.push((name, value)),
            }
        }
        // One that is not pressed sends nothing.
        form.names
            .extend(tags(inside, "button").filter_map(|tag| attribute(tag, "name")));
        for rest in inside.split("<textarea ").skip(1) {
            let Some((tag, rest)) = rest.split_once('>') else {
                continue;
            };
            let text = rest.split("</textarea>").next().unwrap_or_default();
            // a browser drops the line break that follows the tag
            let text = text.strip_prefix('\n').unwrap_or(text);
            if let Some(name) = attribute(tag, "name") {
                form.names.insert(name.clone());
                form.fields.push((name, unescaped(text)));
            }
        }
        for rest in inside.split("<select ").skip(1) {
            let Some((tag, rest)) = rest.split_once('>') else {
                continue;
            };
            let list = rest.split("</select>").next().unwrap_or_default();
            let Some(name) = attribute(tag, "name") else {
                continue;
            };
            let options: Vec<(String, bool)> = tags(list, "option")
                .map(|tag| {
                    let value = attribute(tag, "value").unwrap_or_default();
                    (value, tag.contains(" selected"))
                })
                .collect();
            form.names.insert(name.clone());
            let chosen = options
                .iter()
                .find(|(_, selected)| *selected)
                .or_else(|| options.first());
            if let Some((value, _)) = chosen {
                form.fields.push((name.clone(), value.clone()));
            }
            form.choices
                .extend(options.into_iter().map(|(value, _)| (name.clone(), value)));
        }
        form
    }

    /// What stands in a field.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The names of its fields, in any order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// What may be chosen in a field; empty where one writes.
    pub fn choices(&self, name: &str) -> Vec<&str> {
        self.choices
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// Fills a field that the form has, with what it lets one choose.
    #[track_caller]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        assert!(
            self.names.contains(name),
            "the form to {} has no field {name}: {:?}",
            self.action,
            self.names
        );
        let choices = self.choices(name);
        assert!(
            choices.is_empty() || choices.contains(&value),
            "{name} cannot be {value}: {choices:?}"
        );
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Presses its button.
    pub async fn send(&self, who: &Visitor) -> Reply {
        let fields: Vec<(&str, &str)> = self
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        if self.in_parts {
            let parts = fields
                .into_iter()
                .fold(reqwest::multipart::Form::new(), |parts, (name, value)| {
                    parts.text(name.to_owned(), value.to_owned())
                });
            return who.send_parts(&self.action, parts, &[]).await;
        }
        who.form(&self.action, &fields).await
    }
}

/// The tags of a name, without their brackets.
fn tags<'a>(html: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    html.split('<').filter_map(move |rest| {
        let tag = rest.strip_prefix(name)?;
        tag.starts_with(' ')
            .then(|| tag.split('>').next().unwrap_or_default())
    })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = format!(" {tag}");
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next().map(unescaped)
}

/// Where some HTML leads to on this site, each once.
fn links_of(html: &str) -> BTreeSet<String> {
    tags(html, "a")
        .filter_map(|tag| attribute(tag, "href"))
        .filter(|href| href.starts_with('/'))
        .map(|href| href.split('#').next().unwrap_or_default().to_owned())
        .collect()
}

/// The words of some HTML, with single spaces.
pub fn words_of(html: &str) -> String {
    let mut words = String::new();
    for (n, part) in html.split('<').enumerate() {
        let text = if n == 0 {
            part
        } else {
            part.split_once('>').map_or("", |(_, text)| text)
        };
        words.push(' ');
        words.push_str(text);
    }
    let words = unescaped(&words);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let known = after.split_once(';').and_then(|(name, after)| {
            let letter = match name {
                "amp" => Some('&'),
                "lt" => Some('<'),
                "gt" => Some('>'),
                "quot" => Some('"'),
                "nbsp" => Some('\u{a0}'),
                _ => name
                    .strip_prefix('#')
                    .and_then(|number| number.parse().ok())
                    .and_then(char::from_u32),
            };
            letter.map(|letter| (letter, after))
        });
        match known {
            Some((letter, after)) => {
                out.push(letter);
                rest = after;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[test]
fn a_page_is_read_as_a_browser_reads_it() {
    let page = Page {
        path: "/".to_owned(),
        html: "<main><p>It’s &#60;here&#62; &amp;  there</p><a href=\"/a?b=1&#38;c=2#d\">On</a>\
               <form method=\"post\" action=\"/x\"><input name=\"csrf\" value=\"t\">\
               <textarea id=\"w\" name=\"w\">\nsaid &#34;so&#34;</textarea>\
               <input type=\"radio\" name=\"r\" value=\"yes\" checked>\
               <input type=\"radio\" name=\"r\" value=\"no\">\
               <select name=\"s\"><option value=\"\">Choose</option><option value=\"b\" selected>B\
               </option></select></form></main>"
            .to_owned(),
    };
    assert_eq!(page.words(), "It’s <here> & there On said \"so\" Choose B");
    assert_eq!(page.links(), BTreeSet::from(["/a?b=1&c=2".to_owned()]));
    let form = page.form("/x");
    assert_eq!(form.value("w"), Some("said \"so\""));
    assert_eq!(form.value("r"), Some("yes"));
    assert_eq!(form.value("s"), Some("b"));
    assert_eq!(form.choices("r"), ["yes", "no"]);
    assert_eq!(form.fill("r", "no").value("r"), Some("no"));
}
