//! The container of a workbook: a ZIP archive (APPNOTE 6.3.9; ECMA-376 part 2, annex B), read
//! with bounds and written back entry by entry.
//!
//! An archive is hostile until shown otherwise. Its directory is read once; whatever is not a
//! plain list of stored or deflated files within the bounds is refused with one sentence. An
//! entry that is not changed is copied as the bytes it was (local header, compressed data,
//! descriptor), so it cannot differ by so much as a time stamp.

use std::collections::HashMap;
use std::ops::Range;

use flate2::{Compress, Compression, Crc, Decompress, FlushCompress, FlushDecompress, Status};

use super::Refused;

/// How much of an archive is accepted.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Bytes of the file itself.
    pub file_bytes: usize,
    /// Number of entries.
    pub entries: usize,
    /// Bytes of one entry once inflated.
    pub entry_bytes: u64,
    /// Bytes of all entries once inflated.
    pub total_bytes: u64,
    /// Inflated over compressed bytes, of one entry that inflates to more than `ratio_from`.
    pub entry_ratio: u64,
    /// The same of the whole archive.
    pub total_ratio: u64,
    /// Ratios are only looked at above this many inflated bytes.
    pub ratio_from: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            entries: 5_000,
            entry_bytes: 256 << 20,
            total_bytes: 512 << 20,
            entry_ratio: 250,
            total_ratio: 150,
            ratio_from: 4 << 20,
        }
    }
}

/// One file in the archive.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name as stored, forward slashes.
    pub name: String,
    /// Bytes once inflated.
    pub size: u64,
    deflated: bool,
    crc: u32,
    data: Range<usize>,
    /// Local header, data and descriptor, as they stand in the file.
    whole: Range<usize>,
    /// The record in the central directory.
    central: Range<usize>,
}

/// A ZIP archive held in memory.
#[derive(Clone, Debug)]
pub struct Archive {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
    comment: Range<usize>,
}

fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn le64(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn bad(what: &str) -> Refused {
    Refused::Unreadable(format!("it is not a sound ZIP archive: {what}"))
}

const CENTRAL: u32 = 0x0201_4b50;
const LOCAL: u32 = 0x0403_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const END: u32 = 0x0605_4b50;
const END64: u32 = 0x0606_4b50;
const END64_LOCATOR: u32 = 0x0706_4b50;

/// The OLE compound file that holds an encrypted workbook, or an old `.xls`.
const OLE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

impl Archive {
    /// Reads the directory and checks every bound; inflates nothing.
    pub fn open(bytes: Vec<u8>, bounds: &Bounds) -> Result<Self, Refused> {
        if bytes.len() > bounds.file_bytes {
            return Err(Refused::TooLarge(format!(
                "the file is {} bytes; at most {} are accepted",
                bytes.len(),
                bounds.file_bytes
            )));
        }
        if bytes.starts_with(&OLE) {
            return Err(Refused::Encrypted);
        }
        if !bytes.starts_with(b"PK") {
            return Err(Refused::Unreadable(
                "it is not a workbook (not a ZIP archive)".into(),
            ));
        }
        let end = Self::find_end(&bytes).ok_or_else(|| bad("its directory is missing"))?;
        let (count, size, offset, limit) = Self::directory(&bytes, end)?;
        if count > bounds.entries as u64 {
            return Err(Refused::TooLarge(format!(
                "the archive has {count} entries; at most {} are accepted",
                bounds.entries
            )));
        }
        let start = usize::try_from(offset)
            .ok()
            .ok_or_else(|| bad("its directory is elsewhere"))?;
        let size = usize::try_from(size)
            .ok()
            .ok_or_else(|| bad("its directory is too long"))?;
        if start.checked_add(size) != Some(limit) {
            return Err(bad("its directory is not where it says"));
        }
        let comment = end + 22..bytes.len();
        let mut archive = Self {
            bytes,
            entries: Vec::new(),
            by_name: HashMap::new(),
            comment,
        };
        archive.read_entries(count, start, limit)?;
        archive.check_bounds(bounds)?;
        Ok(archive)
    }

    fn find_end(bytes: &[u8]) -> Option<usize> {
        let last = bytes.len().checked_sub(22)?;
        let first = last.saturating_sub(65_535);
        (first..=last).rev().find(|&at| {
            le32(bytes, at) == Some(END)
                && le16(bytes, at + 20).map(usize::from) == Some(bytes.len() - at - 22)
        })
    }

    /// Count, size and offset of the directory, and where it must end.
    fn directory(bytes: &[u8], end: usize) -> Result<(u64, u64, u64, usize), Refused> {
        let short = || bad("its directory is cut short");
        let disk = le16(bytes, end + 4).ok_or_else(short)?;
        let count = le16(bytes, end + 10).ok_or_else(short)?;
        let size = le32(bytes, end + 12).ok_or_else(short)?;
        let offset = le32(bytes, end + 16).ok_or_else(short)?;
        if disk != 0 && disk != u16::MAX {
            return Err(bad("it is split over several files"));
        }
        if count != u16::MAX && size != u32::MAX && offset != u32::MAX {
            return Ok((count.into(), size.into(), offset.into(), end));
        }
        // ZIP64: a locator stands right before the end record.
        let locator = end.checked_sub(20).ok_or_else(short)?;
        if le32(bytes, locator) != Some(END64_LOCATOR) {
            return Ok((count.into(), size.into(), offset.into(), end));
        }
        let at = le64(bytes, locator + 8)
            .and_then(|at| usize::try_from(at).ok())
            .ok_or_else(short)?;
        if at >= locator || le32(bytes, at) != Some(END64) {
            return Err(bad("its 64-bit directory is missing"));
        }
        let count = le64(bytes, at + 32).ok_or_else(short)?;
        let size = le64(bytes, at + 40).ok_or_else(short)?;
        let offset = le64(bytes, at + 48).ok_or_else(short)?;
        Ok((count, size, offset, at))
    }

    fn read_entries(&mut self, count: u64, start: usize, limit: usize) -> Result<(), Refused> {
        let short = || bad("its directory is cut short");
        let mut at = start;
        let mut folded: HashMap<String, ()> = HashMap::new();
        for _ in 0..count {
            let bytes = &self.bytes;
            if at + 46 > limit || le32(bytes, at) != Some(CENTRAL) {
                return Err(short());
            }
            let flags = le16(bytes, at + 8).ok_or_else(short)?;
            let method = le16(bytes, at + 10).ok_or_else(short)?;
            let crc = le32(bytes, at + 16).ok_or_else(short)?;
            let mut packed = u64::from(le32(bytes, at + 20).ok_or_else(short)?);
            let mut size = u64::from(le32(bytes, at + 24).ok_or_else(short)?);
            let name_len = usize::from(le16(bytes, at + 28).ok_or_else(short)?);
            let extra_len = usize::from(le16(bytes, at + 30).ok_or_else(short)?);
            let comment_len = usize::from(le16(bytes, at + 32).ok_or_else(short)?);
            let mut header = u64::from(le32(bytes, at + 42).ok_or_else(short)?);
            let next = at + 46 + name_len + extra_len + comment_len;
            if next > limit {
                return Err(short());
            }
            let raw_name = &bytes[at + 46..at + 46 + name_len];
            let name = safe_name(raw_name)?;
            let extra = &bytes[at + 46 + name_len..at + 46 + name_len + extra_len];
            zip64_extra(extra, &mut size, &mut packed, &mut header);
            if flags & 1 != 0 || flags & (1 << 6) != 0 {
                return Err(Refused::Encrypted);
            }
            let deflated = match method {
                0 => false,
                8 => true,
                other => {
                    return Err(Refused::Unreadable(format!(
                        "the part {name} is packed by a method ({other}) that workbooks do not use"
                    )));
                }
            };
            if folded.insert(name.to_ascii_lowercase(), ()).is_some() {
                return Err(Refused::Hostile(format!(
                    "the archive holds the part {name} twice"
                )));
            }
            let (data, whole) = local(bytes, header, packed, raw_name, flags, start, &name)?;
            if !deflated && size != packed {
                return Err(bad("a stored part has two sizes"));
            }
            self.by_name.insert(name.clone(), self.entries.len());
            self.entries.push(Entry {
                name,
                size,
                deflated,
                crc,
                data,
                whole,
                central: at..next,
            });
            at = next;
        }
        if at != limit {
            return Err(bad("its directory is longer than it says"));
        }
        // Entries that share bytes are how a small file is made to inflate without end.
        let mut spans: Vec<_> = self.entries.iter().map(|e| e.whole.clone()).collect();
        spans.sort_by_key(|s| s.start);
        if spans.windows(2).any(|w| w[0].end > w[1].start) {
            return Err(Refused::Hostile("parts of the archive overlap".into()));
        }
        Ok(())
    }

    fn check_bounds(&self, bounds: &Bounds) -> Result<(), Refused> {
        let (mut total, mut packed_total) = (0u64, 0u64);
        for entry in &self.entries {
            let packed = entry.data.len() as u64;
            if entry.size > bounds.entry_bytes {
                return Err(Refused::TooLarge(format!(
                    "the part {} inflates to {} bytes; at most {} are accepted",
                    entry.name, entry.size, bounds.entry_bytes
                )));
            }
            if entry.size > bounds.ratio_from && entry.size / packed.max(1) > bounds.entry_ratio {
                return Err(Refused::TooLarge(format!(
                    "the part {} inflates {} times; at most {} is accepted",
                    entry.name,
                    entry.size / packed.max(1),
                    bounds.entry_ratio
                )));
            }
            total = total.saturating_add(entry.size);
            packed_total += packed;
        }
        if total > bounds.total_bytes {
            return Err(Refused::TooLarge(format!(
                "the archive inflates to {total} bytes; at most {} are accepted",
                bounds.total_bytes
            )));
        }
        if total > bounds.ratio_from && total / packed_total.max(1) > bounds.total_ratio {
            return Err(Refused::TooLarge(format!(
                "the archive inflates {} times; at most {} is accepted",
                total / packed_total.max(1),
                bounds.total_ratio
            )));
        }
        Ok(())
    }

    /// The entries, in the order of the directory.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The number of the entry with this exact name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied().or_else(|| {
            // Part names compare without case (ECMA-376 part 2, 6.2.2.3).
            self.entries
                .iter()
                .position(|e| e.name.eq_ignore_ascii_case(name))
        })
    }

    /// The entry's data as stored.
    pub fn packed(&self, index: usize) -> &[u8] {
        self.entries
            .get(index)
            .map_or(&[], |e| &self.bytes[e.data.clone()])
    }

    /// Inflates an entry; never past the size that the directory declares.
    pub fn read(&self, index: usize) -> Result<Vec<u8>, Refused> {
        let entry = self
            .entries
            .get(index)
            .ok_or_else(|| bad("a part is missing"))?;
        let packed = &self.bytes[entry.data.clone()];
        if !entry.deflated {
            return Ok(packed.to_vec());
        }
        let broken = || Refused::Unreadable(format!("the part {} is damaged", entry.name));
        let size = usize::try_from(entry.size).ok().ok_or_else(broken)?;
        // One byte more, so that a part which goes on past its size is noticed.
        let mut out = Vec::with_capacity(size + 1);
        let mut inflater = Decompress::new(false);
        let status = inflater
            .decompress_vec(packed, &mut out, FlushDecompress::Finish)
            .ok()
            .ok_or_else(broken)?;
        if out.len() > size {
            return Err(Refused::Hostile(format!(
                "the part {} inflates past the size it declares",
                entry.name
            )));
        }
        if status != Status::StreamEnd || out.len() != size {
            return Err(broken());
        }
        let mut crc = Crc::new();
        crc.update(&out);
        if crc.sum() != entry.crc {
            return Err(broken());
        }
        Ok(out)
    }

    /// The first bytes of an entry, at most `limit`.
    pub fn peek(&self, index: usize, limit: usize) -> Vec<u8> {
        let Some(entry) = self.entries.get(index) else {
            return Vec::new();
        };
        let packed = &self.bytes[entry.data.clone()];
        if !entry.deflated {
            return packed[..packed.len().min(limit)].to_vec();
        }
        let mut out = Vec::with_capacity(limit);
        let mut inflater = Decompress::new(false);
        // A damaged part is refused when it is read; here its sound beginning is enough.
        match inflater.decompress_vec(packed, &mut out, FlushDecompress::None) {
            Ok(_) | Err(_) => out,
        }
    }

    /// Writes the archive with some entries replaced and some added at its end; all others are
    /// copied as they stand.
    pub fn write(
        &self,
        replaced: &HashMap<usize, Vec<u8>>,
        added: &[(String, Vec<u8>)],
    ) -> Vec<u8> {
        let mut out: Vec<u8> = Vec::with_capacity(self.bytes.len() + self.bytes.len() / 8);
        let mut directory: Vec<u8> = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let offset = u32::try_from(out.len()).unwrap_or(u32::MAX);
            let mut central = self.bytes[entry.central.clone()].to_vec();
            if let Some(content) = replaced.get(&index) {
                write_entry(&mut out, &mut central, content);
            } else {
                out.extend_from_slice(&self.bytes[entry.whole.clone()]);
                // A 64-bit offset lives in the extra field; the bounds keep files far below it.
                set_offset(&mut central, offset);
            }
            let at = central.len().min(42);
            if replaced.contains_key(&index) {
                central[at..at + 4].copy_from_slice(&offset.to_le_bytes());
            }
            directory.extend_from_slice(&central);
        }
        for (name, content) in added {
            let offset = u32::try_from(out.len()).unwrap_or(u32::MAX);
            let mut central = new_record(name);
            write_entry(&mut out, &mut central, content);
            central[42..46].copy_from_slice(&offset.to_le_bytes());
            directory.extend_from_slice(&central);
        }
        let count = u16::try_from(self.entries.len() + added.len()).unwrap_or(u16::MAX);
        let start = u32::try_from(out.len()).unwrap_or(u32::MAX);
        let size = u32::try_from(directory.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&directory);
        out.extend_from_slice(&END.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&count.to_le_bytes());
        out.extend_from_slice(&count.to_le_bytes());
        out.extend_from_slice(&size.to_le_bytes());
        out.extend_from_slice(&start.to_le_bytes());
        let comment = &self.bytes[self.comment.clone()];
        let comment_len = u16::try_from(comment.len()).unwrap_or(0);
        out.extend_from_slice(&comment_len.to_le_bytes());
        out.extend_from_slice(comment);
        out
    }
}

/// A part's name, refused when it could reach outside the archive.
fn safe_name(raw: &[u8]) -> Result<String, Refused> {
    // Old writers use code page 437; part names are ASCII (ECMA-376 part 2, 6.2.2).
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => raw.iter().map(|b| char::from(*b)).collect(),
    };
    let name = name.replace('\\', "/");
    let outside = name.starts_with('/')
        || name.contains('\0')
        || name.split('/').any(|part| part == ".." || part == ".")
        || name.as_bytes().get(1) == Some(&b':');
    if outside || name.is_empty() {
        return Err(Refused::Hostile(
            "the archive has a part whose name reaches outside it".into(),
        ));
    }
    Ok(name)
}

fn zip64_extra(extra: &[u8], size: &mut u64, packed: &mut u64, header: &mut u64) {
    let mut at = 0;
    while let (Some(id), Some(len)) = (le16(extra, at), le16(extra, at + 2)) {
        let len = usize::from(len);
        if id == 1 {
            let mut field = at + 4;
            for value in [size, packed, header] {
                if *value == u64::from(u32::MAX) {
                    if let Some(wide) = le64(extra, field) {
                        *value = wide;
                    }
                    field += 8;
                }
            }
            return;
        }
        at += 4 + len;
    }
}

/// Where an entry's data and its whole record stand.
fn local(
    bytes: &[u8],
    header: u64,
    packed: u64,
    raw_name: &[u8],
    flags: u16,
    directory: usize,
    name: &str,
) -> Result<(Range<usize>, Range<usize>), Refused> {
    let broken = || bad(&format!("the part {name} is not where it should be"));
    let at = usize::try_from(header).ok().ok_or_else(broken)?;
    let packed = usize::try_from(packed).ok().ok_or_else(broken)?;
    if at >= directory || le32(bytes, at) != Some(LOCAL) {
        return Err(broken());
    }
    let name_len = usize::from(le16(bytes, at + 26).ok_or_else(broken)?);
    let extra_len = usize::from(le16(bytes, at + 28).ok_or_else(broken)?);
    let data = at
        .checked_add(30 + name_len + extra_len)
        .ok_or_else(broken)?;
    let end = data.checked_add(packed).ok_or_else(broken)?;
    if end > directory {
        return Err(broken());
    }
    if bytes.get(at + 30..at + 30 + name_len) != Some(raw_name) {
        return Err(Refused::Hostile(format!(
            "the part {name} has two names in the archive"
        )));
    }
    let mut whole_end = end;
    if flags & (1 << 3) != 0 {
        // A descriptor follows the data: 12 bytes, 16 with a mark, 8 more with 64-bit sizes.
        let wide = le16(bytes, at + 4).is_some_and(|v| v >= 45)
            && extra_len >= 4
            && (data - extra_len..data)
                .any(|i| le16(bytes, i) == Some(1) && le16(bytes, i + 2) == Some(16));
        let marked = le32(bytes, end) == Some(DESCRIPTOR);
        whole_end = end + 12 + if marked { 4 } else { 0 } + if wide { 8 } else { 0 };
        if whole_end > directory {
            return Err(broken());
        }
    }
    Ok((data..end, at..whole_end))
}

fn set_offset(central: &mut [u8], offset: u32) {
    let wide = le32(central, 42) == Some(u32::MAX);
    if !wide {
        central[42..46].copy_from_slice(&offset.to_le_bytes());
        return;
    }
    // The offset stands last in the 64-bit extra field.
    let name_len = usize::from(le16(central, 28).unwrap_or(0));
    let extra_len = usize::from(le16(central, 30).unwrap_or(0));
    let before = [20, 24]
        .iter()
        .filter(|at| le32(central, **at) == Some(u32::MAX))
        .count();
    let mut at = 46 + name_len;
    let end = at + extra_len;
    while at + 4 <= end {
        let len = usize::from(le16(central, at + 2).unwrap_or(0));
        if le16(central, at) == Some(1) {
            let field = at + 4 + before * 8;
            if let Some(slot) = central.get_mut(field..field + 8) {
                slot.copy_from_slice(&u64::from(offset).to_le_bytes());
            }
            return;
        }
        at += 4 + len;
    }
}

/// A directory record for an entry that was not there: its name, and a time stamp that says
/// nothing (1 January 1980).
fn new_record(name: &str) -> Vec<u8> {
    let mut record = vec![0; 46];
    record[..4].copy_from_slice(&CENTRAL.to_le_bytes());
    record[4] = 20;
    record[14] = 0x21;
    let name_len = u16::try_from(name.len()).unwrap_or(0);
    record[28..30].copy_from_slice(&name_len.to_le_bytes());
    record.extend_from_slice(name.as_bytes());
    record
}

/// Deflates `content` as a new local entry and rewrites its directory record. Name, time stamp
/// and attributes stay those of the entry that it replaces, so that the same input gives the same
/// bytes.
fn write_entry(out: &mut Vec<u8>, central: &mut Vec<u8>, content: &[u8]) {
    let mut crc = Crc::new();
    crc.update(content);
    let packed = deflate(content);
    let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let packed_size = u32::try_from(packed.len()).unwrap_or(u32::MAX);
    let name_len = usize::from(le16(central, 28).unwrap_or(0));
    let name = central[46..46 + name_len].to_vec();
    let utf8 = le16(central, 8).unwrap_or(0) & (1 << 11);

    let mut fields: Vec<u8> = Vec::with_capacity(26);
    fields.extend_from_slice(&20u16.to_le_bytes());
    fields.extend_from_slice(&utf8.to_le_bytes());
    fields.extend_from_slice(&8u16.to_le_bytes());
    fields.extend_from_slice(&central[12..16]);
    fields.extend_from_slice(&crc.sum().to_le_bytes());
    fields.extend_from_slice(&packed_size.to_le_bytes());
    fields.extend_from_slice(&size.to_le_bytes());
    fields.extend_from_slice(&central[28..30]);
    fields.extend_from_slice(&0u16.to_le_bytes());

    out.extend_from_slice(&LOCAL.to_le_bytes());
    out.extend_from_slice(&fields);
    out.extend_from_slice(&name);
    out.extend_from_slice(&packed);

    let made_by = central[4..6].to_vec();
    let attributes = central[36..42].to_vec();
    let mut record: Vec<u8> = Vec::with_capacity(46 + name.len());
    record.extend_from_slice(&CENTRAL.to_le_bytes());
    record.extend_from_slice(&made_by);
    record.extend_from_slice(&fields);
    record.extend_from_slice(&[0; 4]); // no comment, disk 0
    record.extend_from_slice(&attributes);
    record.extend_from_slice(&[0; 4]); // the offset, set by the caller
    record.extend_from_slice(&name);
    *central = record;
}

/// Bytes that are deflated by themselves, so that large parts are deflated by several threads. The
/// cut does not depend on how many there are: the same content gives the same bytes anywhere.
const PIECE: usize = 1 << 20;

fn deflate(content: &[u8]) -> Vec<u8> {
    let pieces: Vec<&[u8]> = content.chunks(PIECE).collect();
    let Some((last, rest)) = pieces.split_last() else {
        return deflate_piece(&[], true);
    };
    let jobs: Vec<(&[u8], bool)> = rest
        .iter()
        .map(|piece| (*piece, false))
        .chain([(*last, true)])
        .collect();
    super::together(&jobs, |(piece, last)| deflate_piece(piece, *last)).concat()
}

fn deflate_piece(content: &[u8], last: bool) -> Vec<u8> {
    // Level 2: on sheets three times as fast as the next level for a fiftieth more bytes, and a
    // fifth more than the default level; the lowest nearly doubles them.
    let mut packer = Compress::new(Compression::new(2), false);
    let mut out = Vec::with_capacity(content.len() / 6 + 1024);
    let flush = if last {
        FlushCompress::Finish
    } else {
        // Ends on a whole byte, without an end mark.
        FlushCompress::Sync
    };
    loop {
        let taken = usize::try_from(packer.total_in()).unwrap_or(content.len());
        match packer.compress_vec(&content[taken..], &mut out, flush) {
            Ok(Status::StreamEnd) => return out,
            // With room left over, everything has been put out.
            Ok(_) if !last && out.len() < out.capacity() => return out,
            Ok(_) => out.reserve(out.capacity().max(4096)),
            // Compressing from memory into memory has no way to fail.
            Err(_) => return out,
        }
    }
}
