"""WHERE WORK RUNS: a few warm worker processes that answer questions, so that the server never imports torch.

`client.Client` sends ("package.module:function", question) to a worker and brings back the answer; any executor with
that small protocol could stand in its place. This room knows nothing of the rest of the project.
"""

from resnet_viz.compute.client import Client, shared_client
from resnet_viz.compute.jobs import ComputeError, Job

__all__ = ["Client", "ComputeError", "Job", "shared_client"]
