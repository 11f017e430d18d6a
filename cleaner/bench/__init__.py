"""The benchmark: cleaning quality and speed, measured side by side with what people use today.

`cases` gives the data, `systems` what is compared, `tasks` what each has to do and how it is scored, `run` runs them apart
from each other, and `table`, `page`, `compare` and `gate` say what came out.
"""
