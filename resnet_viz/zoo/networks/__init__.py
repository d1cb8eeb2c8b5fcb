"""The networks themselves: one file a family, ordinary PyTorch. Nothing here knows that it is drawn or operated on."""
