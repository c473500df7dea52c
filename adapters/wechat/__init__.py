"""The parts of ``wechat_realname``: settings, the signed-in call, the account, the face, the hand-over to the phone.

Owns: the wire of ``api.weixin.qq.com`` as channels.md section 9 states it. Never: a person's data between two calls.
Neighbours: :mod:`adapters.wechat_realname` puts them together; :mod:`adapters.http` sends.
"""
