"""ResNet Viz: an interactive explorer of residual networks.

`zoo` builds a network; `graph` says what it is; `surgery` changes it; `probes` measure it; `theory` says what the
probes should see; `training` trains it; `diagrams` and `figures` draw; `pages` let a person choose.
"""

__version__ = "0.1.0"
