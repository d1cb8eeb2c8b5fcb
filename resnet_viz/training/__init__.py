"""LEARNING: what a training is (a value without torch), the pictures it sees, the steps it takes, and what it left.

`plan.TrainingPlan` says everything that decides the weights; `engine.Engine` takes the steps, one a call, and does
nothing else; `trained.weights` gives the weights of a plan, from a cache where they were trained before.
"""

from resnet_viz.training.plan import TrainingPlan

__all__ = ["TrainingPlan"]
