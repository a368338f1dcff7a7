"""pulse: first, smallest holder; says that it ran."""

import json
import os

print(json.dumps({"headline": "pulse is here; no numbers yet", "as_of": os.environ["FLEET_NOW"], "body": "First light."}))
