//! The data of a link: content to `d1.<payload>.<crc32>` and back.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use crc::{CRC_32_ISO_HDLC, Crc, NoTable};
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};
use serde_json::{Map, Value};

use super::{Body, CONTENT_LIMIT_BYTES, Content, LinkError};
use crate::model::json::{Members, Refusal};
use crate::model::{ById, Finding, FindingKind};
use crate::scenario::{text, write};

const EDITS: &str = "d1";
const WHOLE: &str = "s1";

/// Level of compression; 10 is miniz_oxide's best.
const LEVEL: u8 = 10;

/// Longest data that is looked at, in bytes. Deflate hardly grows what it cannot shrink.
const DATA_LIMIT: usize = 3 << 19;

/// True for a fragment that begins or ends like data of any codec, of today or tomorrow.
pub(super) fn looks_like_data(fragment: &str) -> bool {
    let begins = fragment
        .split_once('.')
        .is_some_and(|(codec, _)| is_codec(codec));
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let ends = fragment
        .rsplit_once('.')
        .is_some_and(|(_, sum)| sum.len() == 8 && sum.bytes().all(is_hex));
    begins || ends
}

fn is_codec(codec: &str) -> bool {
    let [letter, digit] = codec.as_bytes() else {
        return false;
    };
    letter.is_ascii_lowercase() && digit.is_ascii_digit()
}

pub(super) fn encode(preset: &str, content: &Content) -> String {
    let mut payload = Map::new();
    let codec = match &content.body {
        Body::Edits { revision, patch } => {
            payload.insert("edits".to_string(), patch.clone());
            payload.insert("revision".to_string(), revision.as_str().into());
            EDITS
        }
        Body::Whole(document) => {
            payload.insert("scenario".to_string(), document.clone());
            WHOLE
        }
    };
    payload.insert("engine".to_string(), content.engine.as_str().into());
    // JSON has no infinity; a figure that is none is left out.
    let mut headline = Map::new();
    for (id, figures) in &content.headline {
        if figures.iter().all(|figure| figure.is_finite()) {
            headline.insert(id.clone(), Value::from(figures.as_slice()));
        }
    }
    if !headline.is_empty() {
        payload.insert("headline".to_string(), headline.into());
    }
    let bytes = write::canonical(&payload.into()).into_bytes();
    let packed = miniz_oxide::deflate::compress_to_vec(&bytes, LEVEL);
    let payload = Base64UrlUnpadded::encode_string(&packed);
    let checksum = checksum(codec, preset, &payload);
    format!("{codec}.{payload}.{checksum}")
}

fn checksum(codec: &str, preset: &str, payload: &str) -> String {
    let covered = format!("{codec}.{preset}.{payload}");
    // Links are short: a table of remainders would cost more to download than it saves.
    let crc = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);
    format!("{:08x}", crc.checksum(covered.as_bytes()))
}

pub(super) fn decode(preset: &str, data: &str) -> Result<Content, LinkError> {
    let limit_bytes = CONTENT_LIMIT_BYTES;
    if data.len() > DATA_LIMIT {
        return Err(LinkError::TooLarge { limit_bytes });
    }
    let (codec, rest) = data.split_once('.').ok_or(LinkError::Damaged)?;
    if !is_codec(codec) {
        return Err(LinkError::Damaged);
    }
    if codec != EDITS && codec != WHOLE {
        let codec = codec.to_string();
        return Err(LinkError::UnknownCodec { codec });
    }
    let (payload, written) = rest.split_once('.').ok_or(LinkError::Damaged)?;
    if written != checksum(codec, preset, payload) {
        return Err(LinkError::Damaged);
    }
    let packed = Base64UrlUnpadded::decode_vec(payload).map_err(|_| LinkError::Damaged)?;
    let bytes = decompress_to_vec_with_limit(&packed, limit_bytes as usize).map_err(|error| {
        if error.status == TINFLStatus::HasMoreOutput {
            LinkError::TooLarge { limit_bytes }
        } else {
            LinkError::Damaged
        }
    })?;
    content(codec, &bytes)
}

/// Reads what was packed. From here on the data is whole; what is wrong with it was sent so.
fn content(codec: &str, bytes: &[u8]) -> Result<Content, LinkError> {
    let refused = |finding: Finding| LinkError::Findings(vec![finding]);
    let text = std::str::from_utf8(bytes)
        .map_err(|error| refused(text::not_utf8(bytes, error.valid_up_to())))?;
    let reading = text::read(text).map_err(refused)?;
    if !reading.duplicates.is_empty() {
        return Err(LinkError::Findings(reading.duplicates));
    }
    unpacked(codec, &reading.value).map_err(|refusal| {
        let message = refusal.to_string();
        refused(Finding::error("", FindingKind::Syntax { message }))
    })
}

fn unpacked(codec: &str, payload: &Value) -> Result<Content, Refusal> {
    let members = Members::of(payload)?;
    let body = if codec == EDITS {
        members.only(&["edits", "engine", "headline", "revision"])?;
        Body::Edits {
            revision: members.required("revision")?,
            patch: members.required::<Map<_, _>>("edits")?.into(),
        }
    } else {
        members.only(&["engine", "headline", "scenario"])?;
        Body::Whole(members.required::<Map<_, _>>("scenario")?.into())
    };
    Ok(Content {
        engine: members.required("engine")?,
        headline: members.or("headline", ById::new())?,
        body,
    })
}
