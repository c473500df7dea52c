"""What ``unionpay_card`` is made of: its settings, signatures, fields, answer codes, and the two calls.

Owns: UnionPay's back-end transaction 72 and its query (channels.md 5), and our one-time code to the reserved mobile.

Never: another adapter's protocol, the sandbox, a person kept between two calls, CVN2, expiry date or PIN (the protocol
has fields for them, and they are refused to it).

Neighbours: :mod:`adapters.unionpay_card` is the channel; :mod:`adapters.http` calls.
"""
