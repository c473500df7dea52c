"""The real-name channels: each speaks one upstream's protocol and answers in the words of :mod:`idp.domain.channel`.

Owns: request building, signatures, transport rules (:mod:`adapters.http`, :mod:`adapters.breaker`), and the mapping of
upstream answers to outcomes; the text-message gateway; and, as a house of its own, the sandbox upstreams
(:mod:`adapters.sandbox`). A module is a channel; the folder beside it holds its parts (``police``, ``portrait``,
``social``, ``wechat``, ``ant``, ``unionpay``, ``registry``, ``counter``, ``carrier``); ``exchange`` is shared by who
asks over a data-exchange platform, ``texted_code`` by who sends a code of our own.

Never: Flask or Authlib (the sandbox may use Flask), a store, a session, a relying party, the environment; no adapter
knows another. An adapter keeps nothing about a person between two calls.

Neighbours: ``idp.domain`` gives the port and its words; ``composition.py`` builds the channels named in the settings.

To add a channel: ``docs/adding-a-channel.md``. A line in :data:`CHANNELS` switches nothing on; its settings do.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from adapters import (
    alipay_account,
    business_registry,
    carrier_three_element,
    counter_verify,
    local_face,
    police_population,
    social_security,
    unionpay_card,
    wechat_realname,
    zhima_face,
)
from adapters.http import Surroundings
from idp.domain.channel import Channel

ChannelFactory: TypeAlias = Callable[[Mapping[str, Any], Surroundings], Channel]

CHANNELS: Final[Mapping[str, ChannelFactory]] = {
    police_population.NAME: police_population.create,
    social_security.NAME: social_security.create,
    wechat_realname.NAME: wechat_realname.create,
    alipay_account.NAME: alipay_account.create,
    zhima_face.NAME: zhima_face.create,
    unionpay_card.NAME: unionpay_card.create,
    business_registry.NAME: business_registry.create,
    local_face.NAME: local_face.create,
    counter_verify.NAME: counter_verify.create,
    carrier_three_element.NAME: carrier_three_element.create,
}
