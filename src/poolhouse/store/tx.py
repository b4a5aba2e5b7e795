"""What a unit of work is given: the repositories, all on one connection."""

from poolhouse.store.access_keys import AccessKeys
from poolhouse.store.aliases import Aliases
from poolhouse.store.attempts import Attempts
from poolhouse.store.auth_events import AuthEvents
from poolhouse.store.authorization_codes import AuthorizationCodes
from poolhouse.store.browser_sessions import BrowserSessions
from poolhouse.store.certificates import Certificates
from poolhouse.store.clients import Clients
from poolhouse.store.codes import Codes
from poolhouse.store.connections import Connections
from poolhouse.store.contents import Contents
from poolhouse.store.customizations import Customizations
from poolhouse.store.devices import Devices
from poolhouse.store.domains import Domains
from poolhouse.store.engine import Link
from poolhouse.store.families import Families
from poolhouse.store.groups import Groups
from poolhouse.store.images import Images
from poolhouse.store.import_jobs import ImportJobs
from poolhouse.store.leases import Leases
from poolhouse.store.logs import Logs
from poolhouse.store.of_user import CREDENTIALS, SOFTWARE_TOKENS, OfUser
from poolhouse.store.outbox import Outbox
from poolhouse.store.passkeys import Passkeys
from poolhouse.store.pool_changes import PoolChanges
from poolhouse.store.pools import Pools
from poolhouse.store.provisioned_limits import ProvisionedLimits
from poolhouse.store.resource_servers import ResourceServers
from poolhouse.store.search import UserSearch
from poolhouse.store.sessions import Sessions
from poolhouse.store.signing_keys import SigningKeys
from poolhouse.store.spent import Spent
from poolhouse.store.stacks import Stacks
from poolhouse.store.styles import Styles
from poolhouse.store.terms import TermsDocuments
from poolhouse.store.users import Users


class Tx:
    """The repositories. Methods return values of the domain, or None where there is none."""

    def __init__(self, link: Link) -> None:
        self.pools = Pools(link)
        self.pool_changes = PoolChanges(link)
        self.clients = Clients(link)
        self.resource_servers = ResourceServers(link)
        self.domains = Domains(link)
        self.users = Users(link)
        self.user_search = UserSearch(link)
        self.aliases = Aliases(link)
        self.credentials = OfUser(link, CREDENTIALS)
        self.passkeys = Passkeys(link)
        self.software_tokens = OfUser(link, SOFTWARE_TOKENS)
        self.codes = Codes(link)
        self.devices = Devices(link)
        self.groups = Groups(link)
        self.attempts = Attempts(link)
        self.families = Families(link)
        self.sessions = Sessions(link)
        self.authorization_codes = AuthorizationCodes(link)
        self.browser_sessions = BrowserSessions(link)
        self.auth_events = AuthEvents(link)
        self.spent = Spent(link)
        self.outbox = Outbox(link)
        self.logs = Logs(link)
        self.import_jobs = ImportJobs(link)
        self.certificates = Certificates(link)
        self.signing_keys = SigningKeys(link)
        self.stacks = Stacks(link)
        self.styles = Styles(link)
        self.customizations = Customizations(link)
        self.images = Images(link)
        self.terms = TermsDocuments(link)
        self.access_keys = AccessKeys(link)
        self.provisioned_limits = ProvisionedLimits(link)
        self.leases = Leases(link)
        self.connections = Connections(link)
        self.contents = Contents(link)

    def begin(self) -> None:
        """Forget what an earlier unit of work has read on this connection."""
        self.users.begin()
