"""The engines that people already run, each a thin door to the same `cleaner.Cleaner`.

A module for each engine, in an extra of the same name (`pip install 'cleaner-text[spark]'`), and a page about it in
`docs/adapters`. Nothing but these modules imports an engine.
"""
