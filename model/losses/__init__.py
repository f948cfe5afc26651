"""Training losses, one a file.

Every loss is a pure function of the rows that it is given and returns a scalar to minimise. For
training on several processes gather the rows of all of them first, once, with
`model.gather.gather_rows`; the losses then see the global batch.
"""

from .avce import avce_loss
from .barlow_twins import barlow_twins_loss
from .caf import adversarial_loss, discriminator_loss, emotion_groups
from .consistency import consistency_loss
from .infonce import infonce_loss
from .negative_mining import Mining
from .supervised import correlation_loss, mse, pcc_ccc, rmse, supervised_loss
from .triplet import triplet_regulariser

__all__ = [
    "Mining",
    "adversarial_loss",
    "avce_loss",
    "barlow_twins_loss",
    "consistency_loss",
    "correlation_loss",
    "discriminator_loss",
    "emotion_groups",
    "infonce_loss",
    "mse",
    "pcc_ccc",
    "rmse",
    "supervised_loss",
    "triplet_regulariser",
]
