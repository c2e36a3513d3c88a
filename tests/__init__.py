from . import test_tags
