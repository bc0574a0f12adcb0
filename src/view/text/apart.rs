//! Tables of texts that stand apart from [`Key`](super::Key), because only one program needs them.

/// Makes an enum of phrases with both texts of each; one that is missing does not compile.
macro_rules! phrases {
    ($($name:ident => $ja:literal, $en:literal;)+) => {
        /// A phrase, each documented by its English text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Phrase {
            $(#[doc = $en] $name,)+
        }

        impl Phrase {
            /// Its text.
            #[must_use]
            pub const fn text(self, language: $crate::model::Language) -> &'static str {
                let (ja, en) = match self {
                    $(Self::$name => ($ja, $en),)+
                };
                match language {
                    $crate::model::Language::Ja => ja,
                    $crate::model::Language::En => en,
                }
            }

            /// Its text with the placeholders filled.
            #[must_use]
            pub fn fill(self, language: $crate::model::Language, values: &[&str]) -> String {
                $crate::view::text::fill_template(self.text(language), values)
            }
        }

        /// The table keeps the rules of [`crate::view::text`].
        #[cfg(test)]
        #[test]
        fn the_phrases_are_texts_of_the_interface() {
            $($crate::view::text::check_text(stringify!($name), $ja, $en);)+
        }
    };
}

pub(in crate::view) use phrases;
