"""Component scenes: what a census says stands in a street, watched by a fixed camera over days.

```
kinds ─► placing (street, camera, where each stands) ─► outline (its shape in the picture) ─► census (CSV, GeoJSON)
                     │
                     ▼
script ─► days (changes, lookalikes: what is removed, moved, broken, blocked, and what only looks like it)
   │   weather, hours (sky, sun, lamps at each hour)   passers (who parks, drives, walks)
   ▼
filming (a picture each half hour, with what is true of it) ─► stream (H.264 with event time), truth, CITY.toml
```
"""
