"""The Ant open platform behind two channels: the gateway's signing, its answers, and who is asked about.

Owns: RSA2 requests, verification of answers over their raw text, the table of codes, the settings of one application.
Never: an outcome of the channel port beyond a :class:`~idp.domain.channel.Reason`.

Neighbours: :mod:`adapters.alipay_account` and :mod:`adapters.zhima_face` are the channels (one source, ``ant``: one
does not corroborate the other); :mod:`adapters.http` sends. Source: channels.md 7 and 8.
"""
