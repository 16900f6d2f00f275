"""A small suite's test file whose run is interrupted in the third of its four cases."""

import signal

INTERRUPTED = f'''
    import os, signal

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background begins with it ignored

    @promise
    @pytest.mark.parametrize("number", range(4))
    def test_interrupts(number):
        """Interrupts."""
        if number == 2:
            os.kill(os.getpid(), {int(signal.SIGINT)})
'''
