"""Help for those who write rules: a draft from a line, lists from elsewhere as rule files, rules tried on one's own files."""
