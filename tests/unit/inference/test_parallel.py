from __future__ import annotations

import torch

from credence.inference.parallel import ALL_THREADS, encoding_thread, serially


def test_a_thread_that_serves_computes_alone_and_the_encoders_with_all_there_is() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with serially():
            assert torch.get_num_threads() == 1
            with encoding_thread() as thread:
                assert thread.submit(torch.get_num_threads).result() == ALL_THREADS
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
