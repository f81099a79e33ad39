"""How a step is planned: functions of one state, which say what instructions it takes.

    plan        the state: a step that is being written
    step        from the parts of a network to a whole step
    forward, objective, backward    its three ways
    layers      layers but dense ones; dense, thin, gradients those
    blocks      the rows that fit into the cache together
    types       what NumPy would compute in
"""
