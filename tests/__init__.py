from . import test_address
from . import test_dkim_key
from . import test_dmarc_check
from . import test_dmarc_record
from . import test_dns_server
from . import test_names
from . import test_resolver
from . import test_tags
