//! Small packages, built by hand so that every byte is known.

use flate2::Crc;

/// One file of an archive.
pub struct Part {
    pub name: String,
    pub data: Vec<u8>,
}

pub fn part(name: &str, data: &str) -> Part {
    Part {
        name: name.into(),
        data: data.as_bytes().to_vec(),
    }
}

/// A ZIP archive of stored files.
pub fn zip(parts: &[Part]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for part in parts {
        let mut crc = Crc::new();
        crc.update(&part.data);
        let offset = out.len() as u32;
        let size = part.data.len() as u32;
        let mut fields = Vec::new();
        fields.extend_from_slice(&[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0]);
        fields.extend_from_slice(&crc.sum().to_le_bytes());
        fields.extend_from_slice(&size.to_le_bytes());
        fields.extend_from_slice(&size.to_le_bytes());
        fields.extend_from_slice(&(part.name.len() as u16).to_le_bytes());
        fields.extend_from_slice(&[0, 0]);
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&fields);
        out.extend_from_slice(part.name.as_bytes());
        out.extend_from_slice(&part.data);
        directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        directory.extend_from_slice(&fields);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(part.name.as_bytes());
    }
    let start = out.len() as u32;
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&(parts.len() as u16).to_le_bytes());
    out.extend_from_slice(&(parts.len() as u16).to_le_bytes());
    out.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    out.extend_from_slice(&start.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
    out
}

/// A workbook being built.
#[derive(Default)]
pub struct Builder {
    sheets: Vec<(String, String, Vec<String>)>,
    names: String,
    properties: String,
    strings: Vec<String>,
    extra: Vec<(String, String)>,
    absolute: bool,
}

impl Builder {
    pub fn sheet(mut self, name: &str, rows: &str, after: &str) -> Self {
        let xml = format!(
            "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><dimension ref=\"A1\"/><sheetData>{rows}</sheetData>{after}</worksheet>"
        );
        self.sheets.push((name.into(), xml, Vec::new()));
        self
    }

    pub fn table(mut self, xml: &str) -> Self {
        self.sheets.last_mut().unwrap().2.push(xml.into());
        self
    }

    pub fn name(mut self, name: &str, text: &str) -> Self {
        self.names += &format!("<definedName name=\"{name}\">{text}</definedName>");
        self
    }

    pub fn properties(mut self, xml: &str) -> Self {
        self.properties = xml.into();
        self
    }

    pub fn strings(mut self, all: &[&str]) -> Self {
        self.strings = all.iter().map(|s| format!("<si><t>{s}</t></si>")).collect();
        self
    }

    pub fn extra(mut self, name: &str, data: &str) -> Self {
        self.extra.push((name.into(), data.into()));
        self
    }

    pub fn absolute_targets(mut self) -> Self {
        self.absolute = true;
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        const RELS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let mut parts = vec![
            part("[Content_Types].xml", "<Types/>"),
            part(
                "_rels/.rels",
                &format!(
                    "<Relationships><Relationship Id=\"r1\" Type=\"{RELS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
        ];
        let (mut list, mut links) = (String::new(), String::new());
        let root = if self.absolute { "/xl/" } else { "" };
        for (i, (name, xml, tables)) in self.sheets.iter().enumerate() {
            let n = i + 1;
            list += &format!("<sheet name=\"{name}\" sheetId=\"{n}\" r:id=\"r{n}\"/>");
            links += &format!(
                "<Relationship Id=\"r{n}\" Type=\"{RELS}/worksheet\" Target=\"{root}worksheets/s{n}.xml\"/>"
            );
            parts.push(part(&format!("xl/worksheets/s{n}.xml"), xml));
            let mut own = String::new();
            for (t, table) in tables.iter().enumerate() {
                parts.push(part(&format!("xl/tables/t{n}{t}.xml"), table));
                own += &format!(
                    "<Relationship Id=\"t{t}\" Type=\"{RELS}/table\" Target=\"../tables/t{n}{t}.xml\"/>"
                );
            }
            if !tables.is_empty() {
                parts.push(part(
                    &format!("xl/worksheets/_rels/s{n}.xml.rels"),
                    &format!("<Relationships>{own}</Relationships>"),
                ));
            }
        }
        links += &format!(
            "<Relationship Id=\"st\" Type=\"{RELS}/styles\" Target=\"{root}styles.xml\"/>"
        );
        links += &format!(
            "<Relationship Id=\"ss\" Type=\"{RELS}/sharedStrings\" Target=\"{root}sharedStrings.xml\"/>"
        );
        parts.push(part(
            "xl/workbook.xml",
            &format!("<workbook>{}<sheets>{list}</sheets><definedNames>{}</definedNames><calcPr calcId=\"1\"/></workbook>", self.properties, self.names),
        ));
        parts.push(part(
            "xl/_rels/workbook.xml.rels",
            &format!("<Relationships>{links}</Relationships>"),
        ));
        parts.push(part(
            "xl/styles.xml",
            "<styleSheet><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\" applyNumberFormat=\"1\"/><xf numFmtId=\"0\"><protection locked=\"0\"/></xf></cellXfs></styleSheet>",
        ));
        parts.push(part(
            "xl/sharedStrings.xml",
            &format!("<sst>{}</sst>", self.strings.concat()),
        ));
        for (name, data) in &self.extra {
            parts.push(part(name, data));
        }
        zip(&parts)
    }
}
