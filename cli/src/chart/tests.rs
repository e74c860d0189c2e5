//! Charts as their drawings say they are: marks, gaps, bands, words.
