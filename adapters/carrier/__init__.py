"""The carriers' comparison of three elements: settings, signing, codes, and the client.

Owns: how a question is signed and asked, how an answer is believed, and what each result comes to. The protocol around
the published codes is our own design until a carrier's is known (docs/divergences.md).

Never: the person's steps, and the code that is sent to the mobile.

Neighbours: ``adapters.carrier_three_element`` is the channel; ``adapters.texted_code`` sends the code.
"""
