//! `link encode` and `link decode`: scenarios as addresses.

use tradewind::model::Language;
use tradewind::scenario::link::{Link, Notice, link_url, parse_url};
use tradewind::scenario::write::file_text;

use crate::args::LinkCommand;
use crate::input::{Done, Failure, errors, print, print_findings, read_scenario};

/// Makes a link, or prints the scenario behind one.
///
/// # Errors
/// Unreadable files, findings of severity error, and links that do not open.
pub fn link(command: &LinkCommand, language: Language) -> Result<Done, Failure> {
    match command {
        LinkCommand::Encode { file, page } => {
            let scenario = read_scenario(file, language)?;
            let link = Link::to_document(&scenario.id, &scenario.document);
            print(&(link_url(page, &link) + "\n"))?;
            Ok(Done::Well)
        }
        LinkCommand::Decode { url } => decode(url, language),
    }
}

fn decode(url: &str, language: Language) -> Result<Done, Failure> {
    use tradewind::scenario::link::LinkError;

    match parse_url(url).and_then(Link::open) {
        Ok(opened) => {
            print_findings(
                &mut std::io::stderr().lock(),
                "link",
                &opened.findings,
                language,
            )?;
            for notice in &opened.notices {
                eprintln!("tradewind: {}", notice_sentence(notice));
            }
            print(&file_text(&opened.scenario.document))?;
            Ok(Done::Well)
        }
        Err(LinkError::Findings(findings)) => {
            print_findings(&mut std::io::stderr().lock(), "link", &findings, language)?;
            let name = "the link's scenario".to_string();
            Err(Failure::Findings {
                errors: errors(&findings),
                name,
            })
        }
        Err(error) => Err(Failure::BadLink(error)),
    }
}

fn notice_sentence(notice: &Notice) -> String {
    match notice {
        Notice::PresetChanged {
            written_for,
            current,
        } => format!(
            "the built-in scenario has changed since the link was made ({written_for} -> \
             {current}); the edits were applied to today's"
        ),
        Notice::OtherEngine { written_by } => format!(
            "the link was made with engine {written_by}; this is {}, and results may differ",
            env!("CARGO_PKG_VERSION")
        ),
    }
}
