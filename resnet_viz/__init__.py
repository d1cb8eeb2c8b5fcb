"""ResNet Viz: an interactive explorer of residual networks.

`zoo` builds a network; `graph` says what it is; `surgery` changes it; `training` trains it; `probes` measure it in the
workers of `compute`; `theory` says what they should see; `diagrams` and `figures` draw; `ui` lets a person choose.
"""

__version__ = "0.1.0"
